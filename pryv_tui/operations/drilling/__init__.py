"""Drills: a set restored in a sandbox beside the platform, and what is found out by that."""
