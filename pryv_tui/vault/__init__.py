"""Backup sets at rest: copying, hashing, checking, listing."""
