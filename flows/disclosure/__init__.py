"""The public report: what leaves the house, and who is behind its counts."""
