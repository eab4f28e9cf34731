"""Steps that take a backup."""
