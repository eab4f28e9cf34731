"""What is written of a run, and read again."""
