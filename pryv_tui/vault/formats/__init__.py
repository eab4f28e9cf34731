"""Readers of the files that stores and their dump tools write; none needs a server."""
