"""The machines of a platform: each one's container engine and files."""
