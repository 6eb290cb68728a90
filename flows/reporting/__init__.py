"""The report of a release: written, kept, and written again."""
