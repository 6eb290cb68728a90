"""One folder for each form of delivery."""
