"""SEER*Stat matrices."""
