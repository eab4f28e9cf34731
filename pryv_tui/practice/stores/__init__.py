"""The miniature databases: they read and write the data folders, and the tools use them."""
