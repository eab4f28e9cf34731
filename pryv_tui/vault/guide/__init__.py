"""`RESTORE.md`: how to check and restore a set by hand."""
