"""SQLite databases: read them, copy them while they are written, and recover them."""
