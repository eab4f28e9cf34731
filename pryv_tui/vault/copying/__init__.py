"""The copy of a tree, entry by entry: into a set, and back from one."""
