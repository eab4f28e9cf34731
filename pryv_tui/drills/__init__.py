"""Drills: a loss that is rehearsed, what came of it on record, and when the next one is due."""
