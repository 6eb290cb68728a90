"""SEER*Stat case listings."""
