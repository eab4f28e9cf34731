"""Decide whether a role that is not here was lost. All other code asks this package."""
