"""Ledgers of printed numbers, one file a paper, and the small arithmetic that computes them again."""
