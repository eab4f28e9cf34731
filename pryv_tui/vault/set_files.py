"""What the files and folders of a backup set are called. Pure.

`docs/formats.md` says what each holds.
"""

from __future__ import annotations

SET_JSON = "set.json"
GUIDE = "RESTORE.md"
SEAL = "set.sha256"
"""The hashes of `set.json` and `RESTORE.md`, for `sha256sum -c`."""
VERIFIED = "verified.json"
"""The last check in full, or the last one of any kind that found damage."""
CHECKS = "checks.json"
"""Every check, oldest first."""
PINS = "pins.json"
"""Who keeps it from every rule."""
UNFINISHED = "unfinished.json"
"""What a set in the making is of; a set has none."""

FILES_NAME = "files"
"""In the folder of a machine's part: the files under its root, as they are there."""
SUMS_NAME = "SHA256SUMS"
"""Beside it: the hash of each file, for `sha256sum -c`."""
INDEX_NAME = "INDEX"
"""Beside it: what each file was when it was copied."""
TREE_NAME = "TREE"
"""Beside it: its folders and links."""
