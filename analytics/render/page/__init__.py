"""The pages: the report, and the public report."""
