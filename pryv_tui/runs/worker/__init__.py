"""The process that performs a run, and how it records the run's end."""
