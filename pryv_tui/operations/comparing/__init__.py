"""Compare a set with the live platform: what a restore would cost, and what is newer."""
