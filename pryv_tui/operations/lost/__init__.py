"""Decide whether a role that is not here was lost: the one place where that is decided."""
