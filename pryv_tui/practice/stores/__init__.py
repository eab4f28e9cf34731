"""The miniature databases: what is in their data folders. The tools answer questions about it."""
