"""Four at once."""
