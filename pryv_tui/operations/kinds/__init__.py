"""The kinds of runs: one file for each, with the kind's name, here or in a folder.

`operations/kind_files.py` finds and loads them.
"""
