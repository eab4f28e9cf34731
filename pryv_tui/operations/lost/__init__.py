"""Whether a role that is not here was lost: the one place where it is decided."""
