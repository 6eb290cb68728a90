"""A folder a form of delivery."""
