"""A root on its disks: what is moved aside there, its mark, its compose files."""
