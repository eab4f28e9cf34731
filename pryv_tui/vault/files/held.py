"""Copying a database's files while nobody can change them."""

from __future__ import annotations

import os
from typing import NamedTuple

from pryv_tui.filesystem.paths import write_failed
from pryv_tui.formats.sqlite.copy import NotByBackup
from pryv_tui.formats.sqlite.hold import hold
from pryv_tui.formats.sqlite.recover import take_log
from pryv_tui.vault.files.content import ContentCopier, has_holes


class Place(NamedTuple):
    """Where a file is copied from and to."""

    source: int
    target: int
    name: bytes
    path: bytes


class Copied(NamedTuple):
    """The result of copying a file; `status` is the source's, after it was read."""

    digest: bytes
    status: os.stat_result
    by_backup: bool = False
    """It is a database, and what lies beside it is in the copy already."""
    whole: bool = False
    """So it is, or nothing lay beside it: what comes there is of another moment."""
    steady: bool = True
    """Whether the file did not change while it was read; a database neither, nor its log."""
    log: os.stat_result | None = None
    """Of a steady database: its log's, where it was not empty."""
    rights: str = ""
    """What the copy gives to who runs or reads it, in words (`privileges`)."""


def copy_held(content: ContentCopier, place: Place, source: int, target: int) -> Copied | None:
    """Copy a database.

    Args:
        content: reads and writes.
        place: where it lies.
        source: it, open for reading.
        target: its copy, open and empty.

    Returns:
        what was copied; None where it can't be held, or changed all the same: then the copy is to
        be emptied, and SQLite is asked.

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
        return None  # SQLite says what is wrong with it
    except OSError as error:
        raise write_failed(place.path, error) from error
    finally:
        held.let_go()
