"""A set beside what lives now: what a restore of it would cost, and what is newer."""
