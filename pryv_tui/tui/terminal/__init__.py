"""The terminal itself: what is sent to it, what is read from it, and its loss."""
