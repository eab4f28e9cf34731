"""Steps that put a set, or what was there before, into a root."""
