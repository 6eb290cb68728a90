"""Files and folders outside the home that somebody names."""
