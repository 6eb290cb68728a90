"""What is asked of a release: SQL, exports, status, where a number comes from, what changed."""
