"""What of a role that is here is gone: its data, or what of it nobody can do without."""
