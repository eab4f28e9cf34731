"""Comparison of a sandbox's data with its set, record by record."""
