"""Where a Redis server keeps its configuration and its files, as seen from the host."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_conf import (
    Conf,
    Form,
    read_conf,
)
from pryv_tui.hosts.engine import Container
from pryv_tui.platform.layout import relative_to_root
from pryv_tui.reading import read_whole


def conf_of(container: Container | None, inside: str) -> Conf:
    """A container's configuration file and arguments, as far as they can be read from here."""
    if container is None:
        return Conf()

    unread: list[str] = []

    def text(name: str) -> str:
        path = outside(container, str(PurePosixPath(inside).parent / name))
        try:
            if path is not None:
                return read_whole(path).decode("utf-8", "replace")
        except OSError:
            pass
        unread.append(name)
        return ""

    words = list(container.command)
    program = next((i for i, word in enumerate(words) if word.endswith("redis-server")), None)
    # What starts the server by itself, a script for instance, gets arguments that are not ours.
    given = words[program + 1 :] if program is not None else []
    if given and not given[0].startswith("--"):
        given = given[1:]
    found = read_conf(text(inside), given, text)
    return msgspec.structs.replace(found, whole=program is not None and not unread)


def outside(container: Container, inside: str) -> Path | None:
    """Where a path of a container lies on its machine; None where it is in the container alone."""
    best = None
    for mount in container.mounts:
        target = mount.destination.rstrip("/")
        under = inside == target or inside.startswith(target + "/")
        if under and (best is None or len(target) > len(best.destination.rstrip("/"))):
            best = mount
    if best is None:
        return None
    rest = inside[len(best.destination.rstrip("/")) :].lstrip("/")
    return Path(best.source) / rest if rest else Path(best.source)


def folder_in_root(container: Container | None, root: Path, form: Form) -> str:
    """Where the data folder of a form lies, relative to the root.

    Raises:
        PryvTuiError: `refused`, it lies elsewhere: no copy of the root would hold it.
    """
    path = outside(container, form.folder) if container is not None else None
    found = relative_to_root(str(path), str(root)) if path is not None else None
    if found is None:
        where = f"in {path}" if path is not None else "within its container alone"
        raise PryvTuiError(
            "refused",
            f"Redis keeps its files in {form.folder or 'a folder that it does not tell'}, which"
            f" lies {where}: no copy of {root} holds them",
            "Write `dir /app/data` into redis.conf in the root, then let it start from there; what"
            " it holds is saved first:"
            f" pryv-tui containers restart {container.name if container else CONTAINER}",
        )
    return found


CONTAINER = "pryvio_redis"
