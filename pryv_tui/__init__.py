"""Backup, restore and rehearsed disaster recovery of a Pryv.io platform."""

__version__ = "0.1.0"
