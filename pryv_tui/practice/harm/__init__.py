"""Damage to a practice platform that is done and recorded at once, unlike faults, which wait."""
