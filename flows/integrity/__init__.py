"""What keeps a home whole: the ledger, the lock, and files that survive a power cut."""
