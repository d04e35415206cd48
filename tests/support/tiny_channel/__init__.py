"""A second channel, as somebody would write one; registered by tests only."""
