"""Rooms with physics, weather, devices that speak real formats, faults, and a pretend phone network."""
