"""Several threads that copy, compare and hash for one walk."""
