"""Files that give whoever runs them, or reads them, more rights than they have."""

from __future__ import annotations

import os
import stat

CAPABILITY = "security.capability"
TRUSTED = "trusted."
"""Attributes that root alone sees and sets (xattr(7))."""


def rights_of(file: int) -> str:
    """What an open regular file gives, in words; empty: nothing.

    Raises:
        OSError: it can't be looked at.
    """
    status = os.fstat(file)
    found = []
    if status.st_mode & stat.S_ISUID:
        found.append(f"runs as the user {status.st_uid} (setuid)")
    # Without the right to run it for the group this bit means a kind of lock, and no rights.
    if status.st_mode & stat.S_ISGID and status.st_mode & stat.S_IXGRP:
        found.append(f"runs as the group {status.st_gid} (setgid)")
    try:
        attributes = os.listxattr(file)
    except OSError:
        attributes = []
    if CAPABILITY in attributes:
        found.append("has capabilities (getcap shows them)")
    if any(attribute.startswith(TRUSTED) for attribute in attributes):
        found.append("has attributes of root's (trusted.*)")
    return ", ".join(found)
