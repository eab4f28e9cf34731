"""The terminal itself: writing to it, reading from it, and its loss."""
