"""One file a kind of run: its plan."""
