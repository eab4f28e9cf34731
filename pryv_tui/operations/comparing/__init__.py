"""Compare a set with the live platform: what a restore would lose, and what is newer."""
