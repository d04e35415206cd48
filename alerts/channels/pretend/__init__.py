"""The pretend phone network."""
