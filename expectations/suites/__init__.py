"""The suites: a file a subject."""
