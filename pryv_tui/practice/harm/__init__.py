"""What goes wrong on a practice platform without a fault that waits: done at once, and noted."""
