"""Files that give whoever runs them, or reads them, more rights than they have."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from pryv_tui.filesystem.folders import FolderStack, listing, open_quietly

CAPABILITY = "security.capability"
TRUSTED = "trusted."
"""Attributes that root alone sees and sets (xattr(7))."""


def privileged(
    files: Path,
    *,
    passed: Collection[bytes] = (),
    look: Callable[[], None] = lambda: None,
    count: Callable[[], object] = lambda: None,
) -> Iterator[tuple[bytes, str]]:
    """The regular files of a tree that carry rights, by their paths, with what they carry.

    Args:
        files: the tree. No link is followed.
        passed: paths that are passed over.
        look: called for each folder; what it raises ends the walk.
        count: called for each regular file.

    Raises:
        OSError: a folder can't be read.
    """
    stack = FolderStack(open_quietly(os.fsencode(files), os.O_RDONLY | os.O_DIRECTORY))
    try:
        pending: list[list[bytes]] = []
        paths = [b""]
        while paths:
            if len(pending) < len(paths):
                look()
                names, folders, _ = listing(stack.fd)
                lead = paths[-1] + b"/" if paths[-1] else b""
                for name in names:
                    if lead + name not in passed and (words := _rights(stack.fd, name, count)):
                        yield lead + name, words
                pending.append([name for name in folders[::-1] if lead + name not in passed])
            elif pending[-1]:
                name = pending[-1].pop()
                stack.enter(name)
                paths.append(paths[-1] + b"/" + name if paths[-1] else name)
            else:
                pending.pop()
                paths.pop()
                if paths:
                    stack.leave()
    finally:
        stack.close()


def _rights(folder: int, name: bytes, count: Callable[[], object]) -> str:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return ""
    count()
    found = []
    if status.st_mode & stat.S_ISUID:
        found.append(f"runs as the user {status.st_uid} (setuid)")
    # Without the right to run it for the group this bit means a kind of lock, and no rights.
    if status.st_mode & stat.S_ISGID and status.st_mode & stat.S_IXGRP:
        found.append(f"runs as the group {status.st_gid} (setgid)")
    # Of most files there is not one: one call, and no file is opened.
    path = b"/proc/self/fd/%d/%s" % (folder, name)
    try:
        attributes = os.listxattr(path, follow_symlinks=False)
    except OSError:
        attributes = []
    if CAPABILITY in attributes:
        found.append("has capabilities (getcap shows them)")
    if any(attribute.startswith(TRUSTED) for attribute in attributes):
        found.append("has attributes of root's (trusted.*)")
    return ", ".join(found)
