"""Every parser of what others wrote, under a coverage-guided fuzzer: `python -m tests.fuzz`."""
