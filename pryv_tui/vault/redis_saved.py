"""Redis in a set: the form in which its data was saved, and how a server is made to start from it.

A server with `appendonly yes` ignores a snapshot. But an append-only file may consist of a snapshot
only: a snapshot with the append-only file's name is loaded as it is (4.0 and later, aof.c,
`loadSingleAppendOnlyFile`). Redis 7.0 without a manifest takes such a file for the single file of
an older release, and makes its folder from it. Tried with 7.0.15.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from pryv_tui import own_folder
from pryv_tui.decoding import convert
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.redis_conf import Form
from pryv_tui.formats.redis_files import RedisContents, read_form, read_redis
from pryv_tui.vault.set_files import SET_JSON


class KeptForm(msgspec.Struct, frozen=True, kw_only=True):
    """A Redis form as stored in `set.json`."""

    kind: str
    folder: str
    """The data folder, relative to the root."""
    name: str
    """The snapshot's file name, or `appendfilename`."""
    append_folder: str = ""

    @property
    def form(self) -> Form:
        if self.kind == "rdb":
            return Form(kind="rdb", folder=self.folder, snapshot=self.name)
        return Form(
            kind="aof", folder=self.folder, append=self.name, append_folder=self.append_folder
        )


def kept(form: Form, folder: str) -> dict[str, Any]:
    """Encode a form for `set.json`.

    Args:
        folder: the form's data folder, relative to the root.
    """
    return {
        "kind": form.kind,
        "folder": folder,
        "name": form.snapshot if form.kind == "rdb" else form.append,
        "append_folder": form.append_folder if form.kind == "aof" else "",
    }


def saved_form(holds: Mapping[str, Any]) -> KeptForm | None:
    """Return the form in which Redis was saved; None in sets that don't record it.

    Raises:
        FormatError: the recorded form is invalid, or names a file elsewhere.
    """
    return _read(holds.get("form"))


def place_form(holds: Mapping[str, Any]) -> KeptForm | None:
    """Return the form that the server would load instead of the saved one; None if they are equal.

    Raises:
        FormatError: see `saved_form`.
    """
    told = holds.get("form")
    return _read(told.get("place")) if isinstance(told, dict) else None


def _read(told: object) -> KeptForm | None:
    if told is None:
        return None
    try:
        found = convert(told, KeptForm)
    except msgspec.ValidationError as error:
        raise FormatError(Path(SET_JSON), "redis", str(error)) from error
    folder = PurePosixPath(found.folder)
    inside = not folder.is_absolute() and ".." not in folder.parts
    inside = inside and folder.parts[:1] != (own_folder.NAME,)
    names = [found.name, *([found.append_folder] if found.append_folder else [])]
    if not inside or any("/" in name or name in ("", ".", "..") for name in names):
        raise FormatError(Path(SET_JSON), "redis", f"names a file elsewhere: {told}")
    return found


def read_saved(files: Path, data: str, holds: Mapping[str, Any]) -> RedisContents | None:
    """Read the saved data of Redis; None if there is none.

    Args:
        files: a host's files in a set, or a root.
        data: the data folder relative to `files`, for sets that don't record the form.
        holds: the set's record of Redis.

    Raises:
        FormatError: the data can't be read.
    """
    found = saved_form(holds)
    if found is None:
        return read_redis(files / data)
    return read_form(files / found.folder, found.form)


def by_hand(root: str, saved: KeptForm, place: KeptForm) -> list[str]:
    """Return shell commands that make Redis start from the saved snapshot.

    They are for a root whose files are restored, with the server stopped. They move aside the files
    that the server would load, and copy the snapshot to their place.

    Args:
        root: the root, quoted for the shell.
        saved: the form in which Redis was saved.
        place: the form that the server would load.
    """
    data = f"{root}/{shlex.quote(place.folder)}"
    names = [place.name, *([place.append_folder] if place.append_folder else [])]
    source = f"{root}/{shlex.quote(saved.folder)}/{shlex.quote(saved.name)}"
    return [
        f"mkdir -m 700 {data}/not-loaded",
        *(
            f"[ ! -e {data}/{shlex.quote(name)} ] ||"
            f" mv {data}/{shlex.quote(name)} {data}/not-loaded/"
            for name in names
        ),
        f"cp -a {source} {data}/{shlex.quote(place.name)}",
    ]
