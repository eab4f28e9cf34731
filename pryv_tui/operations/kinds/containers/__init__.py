"""The kinds of runs that start or stop one container."""
