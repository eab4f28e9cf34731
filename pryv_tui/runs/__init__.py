"""Runs: a plan executed by a worker process of its own, and the journal it leaves."""
