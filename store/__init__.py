"""Persistence: one file per subject. A function reads, or changes rows in the caller's transaction."""
