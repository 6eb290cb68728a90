"""From delivered files to a published warehouse: read, land, build, publish, schedule."""
