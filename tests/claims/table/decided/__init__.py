"""Sentences that were excused before, and the tests that notice."""
