"""SEER population files."""
