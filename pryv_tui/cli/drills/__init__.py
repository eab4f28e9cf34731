"""The commands of `drill`."""
