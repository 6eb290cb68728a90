"""Counts: tables, proportions, rates, means and ranks."""
