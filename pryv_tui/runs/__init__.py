"""Runs: each plan is executed by a worker process of its own, which leaves a journal."""
