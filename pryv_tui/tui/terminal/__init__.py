"""The terminal itself: what is drawn on it, and what becomes of it."""
