"""Drills: a set is restored in a sandbox beside the platform and checked there."""
