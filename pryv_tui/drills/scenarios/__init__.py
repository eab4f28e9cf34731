"""Scenarios: disasters described as data, in files that are read strictly (some are shipped)."""
