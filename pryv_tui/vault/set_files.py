"""Names of the files and folders in a backup set. Pure.

`docs/formats.md` describes their content.
"""

from __future__ import annotations

SET_JSON = "set.json"
GUIDE = "RESTORE.md"
SEAL = "set.sha256"
"""The hashes of `set.json` and `RESTORE.md`, for `sha256sum -c`."""
VERIFIED = "verified.json"
"""The last check of all files, or a later check that found damage."""
CHECKS = "checks.json"
"""All checks, oldest first."""
PINS = "pins.json"
"""Who protects the set from every removal rule."""
UNFINISHED = "unfinished.json"
"""The platform and roots to which a set in the making belongs; a complete set has no such file."""

FILES_NAME = "files"
"""In the folder of a machine's part: the files of its root."""
SUMS_NAME = "SHA256SUMS"
"""Beside `files`: the hash of each file, for `sha256sum -c`."""
INDEX_NAME = "INDEX"
"""Beside `files`: the state of each file at its source."""
TREE_NAME = "TREE"
"""Beside `files`: the folders and links below it."""
