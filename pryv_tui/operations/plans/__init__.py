"""The plans of all kinds of runs, one kind in each file."""
