"""Processes of ours: how they are set, end, and fail."""
