"""Worker threads that copy, read and hash the parts of a tree that a walk hands out."""
