"""The kinds of runs: one file for each, with the kind's name. `operations/kind.py` loads them."""
