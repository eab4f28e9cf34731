"""The process that performs a run, and what it says at its end."""
