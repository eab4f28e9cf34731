"""`RESTORE.md`: how a set is checked and restored by hand."""
