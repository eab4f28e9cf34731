"""The process that performs a run, and what the run tells at its end."""
