"""The walk of a copy: into a set, and back."""
