"""Simulated rooms, weather, devices with real message formats, faults, and a pretend phone network."""
