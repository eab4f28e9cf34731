"""Functions that build the plans of all kinds of runs, one kind in each file."""
