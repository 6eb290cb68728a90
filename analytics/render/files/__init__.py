"""Tables in other file formats."""
