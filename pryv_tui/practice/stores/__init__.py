"""The miniature databases: what lies in their data folders. The tools answer questions about it."""
