"""Damage to a practice platform that is done and noted at once, unlike faults, which wait."""
