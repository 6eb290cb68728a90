"""What we expect of each delivery and each build, and the audit that checks it."""

# The files of an audit; what else lies in their folder is of somebody else.
WRITTEN = {"audit.json", "data_quality.html", "junit.xml", "history.jsonl"}
