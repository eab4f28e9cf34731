"""One file: its content, what it is besides, its links, its SQLite moment."""
