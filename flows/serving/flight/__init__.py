"""The published warehouse over Arrow Flight SQL."""
