"""Who the configuration in a set asks for, by the files that a sandbox's containers mount."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.drilling.spec import Declared
from pryv_tui.operations.drilling.wiring import Asked, asked_in
from pryv_tui.platform.questions import FRONT_DOOR
from pryv_tui.reading import open_file

_READ = (".conf", ".yml", ".yaml", ".json")
_PASSED = (".pem", ".key", ".crt", ".cer", ".csr", ".der", ".p12", ".pfx", ".htm", ".html", ".css")
"""What lies beside the configuration of a front door and is none: what it includes may have any
name."""
_MOST_FILES = 300
_MOST_BYTES = 1 << 20
_REMARKS = ("#", "//")


def asked_by(wanted: Wanted, said: Declared | None, files: Path, root: str) -> dict[str, Asked]:
    """By file, who a container's configuration asks for; remarks ask for nobody.

    Args:
        files: what the set holds of its machine's root.
        root: the folder of the sandbox that stands for it.
    """
    found: dict[str, Asked] = {}
    if said is not None:
        told = [said.body.get(key) for key in ("environment", "command", "entrypoint")]
        found[said.file] = asked_in("\n".join(str(one) for one in told))
    for mount in wanted.mounts:
        below = PurePosixPath(mount.source)
        if PurePosixPath(root) not in below.parents or "conf" not in below.parts:
            continue
        relative = below.relative_to(root)
        for path in _files(files / relative, any_name=wanted.service == FRONT_DOOR):
            text = _text(path)
            found[str(path.relative_to(files))] = asked_in(text)
    return {file: asked for file, asked in found.items() if asked.names or asked.addresses}


def _files(there: Path, *, any_name: bool) -> list[Path]:
    if there.is_file():
        return [there]
    found: list[Path] = []
    for folder, _folders, names in os.walk(there):
        meant = (
            n for n in sorted(names) if (any_name and not n.endswith(_PASSED)) or n.endswith(_READ)
        )
        found += [Path(folder, name) for name in meant]
        if len(found) > _MOST_FILES:
            break
    return found[:_MOST_FILES]


def _text(path: Path) -> str:
    try:
        with open_file(path, follow=False) as file:
            content = file.read(_MOST_BYTES)
    except OSError:
        return ""
    lines = content.decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(_REMARKS))


def asked_of(
    wanted: tuple[Wanted, ...], declared: Mapping[str, Declared], files: Path, root: str
) -> dict[str, dict[str, Asked]]:
    """The same, by service."""
    return {one.service: asked_by(one, declared.get(one.service), files, root) for one in wanted}
