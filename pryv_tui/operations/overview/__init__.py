"""The overview: what an operator sees first."""
