"""The records of a run: how they are written and read."""
