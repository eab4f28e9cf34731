"""A folder that was backed up by hand, read."""
