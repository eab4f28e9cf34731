"""Files that grant rights: by setuid, setgid, capabilities, or attributes that only root can
set."""

from __future__ import annotations

import os
import stat

CAPABILITY = "security.capability"
TRUSTED = "trusted."
"""Prefix of attributes that only root can see and set (xattr(7))."""


def rights_of(file: int) -> str:
    """The rights that an open regular file grants, in words; empty if there are none.

    Raises:
        OSError: the file's status can't be read.
    """
    status = os.fstat(file)
    found = []
    if status.st_mode & stat.S_ISUID:
        found.append(f"runs as the user {status.st_uid} (setuid)")
    # Setgid without the group's execute bit means mandatory locking, and grants nothing.
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
