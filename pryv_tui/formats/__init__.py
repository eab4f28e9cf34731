"""File formats of the stores, read without their servers: nothing here knows a set or a run."""
