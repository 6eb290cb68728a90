"""Samples: a synthetic registry, and published cohorts of real patients."""
