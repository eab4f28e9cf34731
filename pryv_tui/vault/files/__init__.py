"""One file of a copy: its content, metadata and hard links; databases through SQLite."""
