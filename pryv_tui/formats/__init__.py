"""File formats of the stores, read without their servers. Nothing here depends on a set or a
run."""
