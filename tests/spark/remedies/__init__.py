"""Remedies around Spark: a folder of their own, so that another worker may run them."""
