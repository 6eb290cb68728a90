"""From delivered files to a published warehouse: read, land, build, publish, schedule."""

__version__ = "0.2.0"
