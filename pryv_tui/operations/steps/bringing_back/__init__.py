"""Steps that put a backup set, or the content from before a restore, into a root."""
