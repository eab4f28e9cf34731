"""The kinds of runs, one a file, called as the kind is (`operations/kind.py`)."""
