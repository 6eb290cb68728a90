"""SEER's fixed-width text files."""
