"""The containers of a platform during a run: stopped, started, watched, their data rescued."""
