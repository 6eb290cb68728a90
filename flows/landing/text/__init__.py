"""What text forms share: encodings, lines, delimiters, fixed columns."""
