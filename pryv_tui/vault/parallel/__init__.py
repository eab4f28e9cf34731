"""Several processes that copy, compare and hash for one walk."""
