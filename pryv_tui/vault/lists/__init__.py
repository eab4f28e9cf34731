"""The lists of a set: hashes, index, folders; written and read line by line."""
