"""Benchmarks: `make bench`. Ratios within one run, each beside its budget; nothing here is a test.

A machine's own speed, and whatever else it does meanwhile, are in both sides of a ratio. Absolute numbers are
printed to be read, never to be compared between machines.
"""
