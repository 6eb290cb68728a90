"""Whether a home still holds what it was given: ledger, lock, seals, verify, forget, rebuild."""
