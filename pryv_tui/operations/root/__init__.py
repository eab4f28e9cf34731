"""A root on its disks: content moved aside, the marker, compose files."""
