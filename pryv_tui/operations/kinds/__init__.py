"""The kinds of runs, one in each file, which has the kind's name (`operations/kind.py`)."""
