"""Find the hosts that a set's configuration refers to, in the files that the containers mount."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.asked import Asked, asked_in
from pryv_tui.operations.drilling.spec import Declared
from pryv_tui.phrases import counted
from pryv_tui.platform.questions import FRONT_DOOR
from pryv_tui.reading import open_file

_READ = (".conf", ".yml", ".yaml", ".json")
_PASSED = (".pem", ".key", ".crt", ".cer", ".csr", ".der", ".p12", ".pfx", ".htm", ".html", ".css")
"""Endings of files beside nginx's configuration that are no configuration. All other files there
are read, because an included file may have any name."""
_MOST_FILES = 300
_MOST_BYTES = 1 << 20
"""The number of bytes that are read of one file at most."""
_MOST_IN_ALL = 8 << 20
"""The number of bytes that are read for one container at most."""


def asked_by(wanted: Wanted, said: Declared | None, files: Path, root: str) -> dict[str, Asked]:
    """Return by file the hosts that a container's configuration refers to.

    Each result also says which part of the file was not read. Files without a host that were read
    to the end are left out.

    Args:
        said: the container's entry in the set's compose files; None if there is none.
        files: the folder in the set with the copy of the machine's root.
        root: the sandbox's folder that takes the place of that root.
    """
    found: dict[str, Asked] = {}
    if said is not None:
        told = [said.body.get(key) for key in ("environment", "command", "entrypoint")]
        found[said.file] = asked_in("\n".join(str(one) for one in told))
    left = _MOST_IN_ALL
    for mount in wanted.mounts:
        below = PurePosixPath(mount.source)
        if PurePosixPath(root) not in below.parents or "conf" not in below.parts:
            continue
        relative = below.relative_to(root)
        paths, more = _files(files / relative, any_name=wanted.service == FRONT_DOOR)
        for path in paths:
            text, unread = _text(path, min(left, _MOST_BYTES))
            left -= min(left, len(text))
            found[str(path.relative_to(files))] = asked_in(text)._replace(unread=unread)
        if more:
            found[str(relative)] = Asked(unread=f"what comes after {counted(_MOST_FILES, 'file')}")
    return {file: asked for file, asked in found.items() if any(asked)}


def _files(there: Path, *, any_name: bool) -> tuple[list[Path], bool]:
    """Return the files to read, at most `_MOST_FILES`, and whether there are more."""
    if there.is_file():
        return [there], False
    found: list[Path] = []
    for folder, folders, names in os.walk(there):
        folders.sort()
        meant = (
            n for n in sorted(names) if (any_name and not n.endswith(_PASSED)) or n.endswith(_READ)
        )
        found += [Path(folder, name) for name in meant]
        if len(found) > _MOST_FILES:
            return found[:_MOST_FILES], True
    return found, False


def _text(path: Path, most: int) -> tuple[str, str]:
    """Return the text of a file, and a description of the part that was not read (empty: none)."""
    try:
        with open_file(path, follow=False) as file:
            content = file.read(most + 1)
    except OSError as error:
        return "", error.strerror or str(error)
    unread = f"what comes after byte {most}" if len(content) > most else ""
    return content[:most].decode("utf-8", "replace"), unread


def asked_of(
    wanted: tuple[Wanted, ...], declared: Mapping[str, Declared], files: Path, root: str
) -> dict[str, dict[str, Asked]]:
    """Return the hosts that several containers' configuration refers to, by service and file."""
    return {one.service: asked_by(one, declared.get(one.service), files, root) for one in wanted}
