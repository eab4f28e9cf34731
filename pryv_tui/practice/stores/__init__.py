"""The miniature databases: what lies in their data folders, and nothing of how they are asked."""
