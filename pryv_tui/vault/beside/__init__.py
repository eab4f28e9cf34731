"""Pins: what people record about a set, kept beside the set's files."""
