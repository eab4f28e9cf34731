"""Find what the gap cost: in a set's files, or on the live platform."""
