"""Steps that stop, start, hold and ask containers."""
