"""Runs: each plan is executed by its own worker process, which leaves a journal."""
