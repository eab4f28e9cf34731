"""Drills that are played: which one, and the screen on which it is."""
