"""Find the records that the timing gap made unusable: in a set's files, or on the live platform."""
