"""The report of an incident, or of some runs: one page to paste, one to file."""
