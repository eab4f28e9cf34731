"""What people say of a set, kept beside it."""
