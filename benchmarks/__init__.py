"""Benchmarks of the product: `make bench`."""
