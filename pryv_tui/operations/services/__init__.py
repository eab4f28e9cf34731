"""Containers as a run finds and leaves them: stopped, started, held, rescued."""
