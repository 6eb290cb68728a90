"""What must stay true of a home: its bytes, what was removed for good, what we are made of."""
