"""SQLite: databases read, copied while they are written, and recovered."""
