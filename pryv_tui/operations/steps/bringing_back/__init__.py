"""Steps of a restore and an undo: they put a set, or the former content, into a root."""
