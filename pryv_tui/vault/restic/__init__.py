"""A vault that is a restic repository."""
