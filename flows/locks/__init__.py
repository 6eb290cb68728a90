"""What is installed: the lists at the root of the project, which travel with the package by these links."""

from pathlib import Path

LOCKS = Path(__file__).parent
