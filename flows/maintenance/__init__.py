"""Care of a home over the years: verify, forget, rebuild."""
