"""Copy a backup that was made by hand: unpack its archives, check its owners, count its links."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.filesystem.paths import its_disk
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.guards.place import (
    SPACE_RESERVE,
    free_bytes,
)
from pryv_tui.operations.own_disk import ended_in_time
from pryv_tui.operations.plan import quote
from pryv_tui.operations.sets.strangers import SHOWN
from pryv_tui.operations.steps.odd import in_words, tell_odd
from pryv_tui.ownership import make_private
from pryv_tui.phrases import counted, first
from pryv_tui.reading import SMALL, open_file
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.files.types import Selection
from pryv_tui.vault.set_files import INDEX_NAME, SET_JSON, SUMS_NAME
from pryv_tui.vault.strangers import is_known

UNPACKED = ".unpacked"
_PIECE = 1 << 20


def copy_part(
    ctx: RunContext,
    name: str,
    source: Path,
    target: Path,
    inside: Path,
    leave_out: tuple[str, ...],
    only: tuple[str, ...] = (),
) -> None:
    sums = target / SUMS_NAME
    with ended_in_time(ctx, target, f"the copy into {target.parent}") as cancel:
        result = copy_tree(
            source,
            inside,
            # Do not open a database with SQLite: that writes files beside it, and this folder must
            # only be read. The files that already are beside a database are copied too.
            selection=Selection(leave_out=leave_out, only=only),
            sums=sums,
            append_sums=sums.exists(),
            index=target / INDEX_NAME,
            count=True,
            hooks=ctx.site.copy_hooks,
            engine=ctx.site.copy_engine,
            progress=ctx.on_progress(),
            cancel=cancel,
        )
    tell_odd(ctx, name, result.notes, SET_JSON)
    torn = [note for note in result.notes if note.torn]
    for line in first(in_words(torn), SHOWN):
        ctx.warn(f"{source}: {line}")


def unpack(ctx: RunContext, source: Path, target: Path) -> None:
    """Unpack the compressed files (`.gz`) of a dump into a new folder.

    Raises:
        PryvTuiError: `check-failed`, a file is damaged or cut off, or too large; `disk-full`.
    """
    make_private(target.parent)
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if not path.name.endswith(".gz") or path.is_symlink() or is_known(os.fsencode(path.name)):
            continue
        ctx.check_cancelled()
        try:
            with (
                open_file(path, follow=False) as file,
                gzip.GzipFile(fileobj=file) as packed,
                (target / path.name.removesuffix(".gz")).open("wb") as out,
            ):
                most = SMALL if path.name.endswith(".json.gz") else None
                while piece := packed.read(_PIECE):
                    out.write(piece)
                    _see_room(path, target, out.tell(), most)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise PryvTuiError("check-failed", f"{path} is damaged: {error}") from error


def _see_room(path: Path, target: Path, written: int, most: int | None) -> None:
    """Refuse to unpack more if a file gets too large for its kind, or the disk gets full.

    A small archive may unpack to a thousand times its size.

    Args:
        written: the bytes unpacked so far.
        most: the largest size of such a file, in bytes; None: no limit.
    """
    if most is not None and written > most:
        raise PryvTuiError(
            "check-failed",
            f"{path} holds more than {counted(most, 'byte')}, more than such a file ever does",
        )
    if free_bytes(target) < SPACE_RESERVE:
        raise PryvTuiError(
            "disk-full",
            f"{path} holds more than {counted(written, 'byte')}, and there is no room for it in"
            f" {target}; {its_disk(target)}. The unpacked part is removed",
        )


def _all_below(files: Path) -> Iterator[Path]:
    for folder, below, others in walk(files):
        yield from (Path(folder, name) for name in (*below, *others))


def count_links(files: Path) -> int:
    return sum(path.is_symlink() for path in _all_below(files))


def owners_back(copy: Path) -> str:
    """The command that makes the platform's user the owner of the copied files, as the script
    `ensure-permissions` of the templates does in the root."""
    own = [copy / name for name in OWNED if (copy / name).is_dir()]
    return quote("chown", "-R", f"{PLATFORM_USER}:{PLATFORM_USER}", *own)


def has_strangers(files: Path) -> bool:
    """Whether none of the files belongs to the platform's user."""
    return not any(path.lstat().st_uid == PLATFORM_USER for path in _all_below(files))


PLATFORM_USER = 9999
"""The uid that owns the platform's files (`ensure-permissions` of the templates)."""
OWNED = ("pryv", "config-leader", "config-follower")
"""The folders of a root of which `ensure-permissions` makes that user the owner."""
