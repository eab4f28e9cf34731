"""What people write into a drill."""
