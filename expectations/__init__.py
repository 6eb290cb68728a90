"""What we expect of each delivery and each build, and the audit that checks it."""
