"""The command line, for use without the interface."""
