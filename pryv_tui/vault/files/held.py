"""Copy a database's files while nobody can change them."""

from __future__ import annotations

import os
from typing import NamedTuple

from pryv_tui.filesystem.paths import write_failed
from pryv_tui.formats.sqlite.copy import NotByBackup
from pryv_tui.formats.sqlite.hold import hold
from pryv_tui.formats.sqlite.recover import take_log
from pryv_tui.vault.files.content import ContentCopier, has_holes


class Place(NamedTuple):
    """A file to copy: its folder at the source and at the target, its name in both, its path in the
    tree."""

    source: int
    target: int
    name: bytes
    path: bytes


class Copied(NamedTuple):
    """The result of copying a file; `status` is the source's, after it was read."""

    digest: bytes
    status: os.stat_result
    by_backup: bool = False
    """Whether it is a database, with its companion files merged into the copy."""
    whole: bool = False
    """Whether companion files must not be copied: they are in the copy, or were created after
    it."""
    steady: bool = True
    """True if the file, and a database's log, stayed the same while they were read. False if they
    changed, or if that is not known."""
    log: os.stat_result | None = None
    """The status of a steady database's log, if that log was not empty."""
    rights: str = ""
    """The rights that the copy grants to whoever executes it, in words (`privileges`)."""


def copy_held(content: ContentCopier, place: Place, source: int, target: int) -> Copied | None:
    """Lock a database, and copy it with its log.

    Args:
        content: reads and writes the content.
        place: the database's folders and name.
        source: the database, open for reading.
        target: the database's copy, open and empty.

    Returns:
        The result; None if the database can't be locked, or changed in spite of the lock. Then the
        caller has to empty the copy, and to use SQLite.

    Raises:
        PryvTuiError: `unreadable`, `disk-full`, `step-failed`.
        Cancelled: between two chunks.
    """
    held = hold(source, place.name, place.source)
    if held is None:
        return None
    try:
        status = os.fstat(source)
        size = status.st_size
        os.lseek(source, 0, os.SEEK_SET)
        sparse = has_holes(source, size, place.path)
        digest = content.copy(source, target, size, sparse=sparse, path=place.path)
        if held.log_status is not None:
            take_log(held, place.name, place.target, between=content.stop_if_asked)
            os.lseek(target, 0, os.SEEK_SET)
            digest = content.digest(target, place.path)
        if not held.as_it_was():
            return None
        return Copied(digest, status, by_backup=True, whole=True, log=held.log_status)
    except NotByBackup:
        return None  # the caller uses SQLite, which reports the error
    except OSError as error:
        raise write_failed(place.path, error) from error
    finally:
        held.let_go()
