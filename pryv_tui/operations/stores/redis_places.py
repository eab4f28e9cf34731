"""Find the configuration and data files of a Redis server on the host, and put a snapshot there.

`vault/redis_saved.py` knows in which file of a set the data is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.folders import FOLDER_FLAGS
from pryv_tui.formats.redis_conf import (
    Conf,
    Form,
    read_conf,
)
from pryv_tui.hosts.engine import Container
from pryv_tui.ownership import make_private
from pryv_tui.platform.layout import relative_to_root
from pryv_tui.reading import open_file, read_whole
from pryv_tui.vault.redis_saved import KeptForm
from pryv_tui.ways import hold


def conf_of(container: Container | None, inside: str) -> Conf:
    """Read the Redis configuration of a container from its file and its arguments.

    What can't be read from the host is left out (`Conf.whole` is False then).

    Args:
        inside: the path of the configuration file in the container.
    """
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
    # If a script starts the server, the arguments are the script's and not the server's.
    given = words[program + 1 :] if program is not None else []
    if given and not given[0].startswith("--"):
        given = given[1:]
    found = read_conf(text(inside), given, text)
    return msgspec.structs.replace(found, whole=program is not None and not unread)


def outside(container: Container, inside: str) -> Path | None:
    """Translate a path in a container into a path on the host; None if it is on no mount."""
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
    """Return the folder in which Redis keeps the files of a form, relative to the root.

    Raises:
        PryvTuiError: `refused`, the folder is outside the root, so no copy of the root would
            contain it.
    """
    path = outside(container, form.folder) if container is not None else None
    found = relative_to_root(str(path), str(root)) if path is not None else None
    if found is None:
        where = f"in {path}" if path is not None else "inside its container alone"
        raise PryvTuiError(
            "refused",
            f"Redis keeps its files in {form.folder or 'a folder that it does not tell'}, which"
            f" is {where}: no copy of {root} holds them",
            "Write `dir /app/data` into redis.conf in the root, then restart Redis, whose data"
            " is saved first: pryv-tui containers restart"
            f" {container.name if container else CONTAINER}",
        )
    return found


CONTAINER = "pryvio_redis"


def others(place: KeptForm, folder: int) -> list[str]:
    """Return the names in a folder that a server would load instead of the saved snapshot.

    Args:
        folder: the descriptor of the open folder.
    """
    names = [place.name, *([place.append_folder] if place.append_folder else [])]
    there = os.listdir(folder)
    return [name for name in names if name in there]


def put_snapshot(snapshot: Path, root: Path, place: KeptForm, aside: Path) -> list[str]:
    """Put a snapshot at the path from which the server loads its data at its start; move the files
    aside that the server would load instead.

    Args:
        place: the form from which the server starts.
        aside: the folder for the files moved aside, on the same file system; made if needed.

    Returns:
        the former paths of the files moved aside, relative to the root.

    Raises:
        OSError: the snapshot can't be put there. Files already moved stay in `aside`.
    """
    # Others may have put symbolic links into the root or into the set: follow none.
    with _opened(root, place.folder) as there:
        scratch = f".{place.name}.{os.urandom(8).hex()}{own_folder.NAME}"
        made = os.open(scratch, _NEW, 0o600, dir_fd=there)
        try:
            try:
                owner = os.stat(place.name, dir_fd=there, follow_symlinks=False)
            except FileNotFoundError:
                owner = os.fstat(there)
            with (
                os.fdopen(made, "wb") as out,
                hold(snapshot.parent, base=root) as held,
                open_file(snapshot.name, folder=held.fd, follow=False) as file,
            ):
                shutil.copyfileobj(file, out, 1 << 20)
                out.flush()
                os.fchown(out.fileno(), owner.st_uid, owner.st_gid)
                os.fchmod(out.fileno(), 0o640)
                os.fsync(out.fileno())
            moved = []
            for name in others(place, there):
                kept_there = aside / place.folder / name
                make_private(kept_there.parent)
                number = 0
                while os.path.lexists(kept_there):
                    number += 1
                    kept_there = kept_there.with_name(f"{name}.{number}")
                os.rename(name, kept_there, src_dir_fd=there)
                moved.append(f"{place.folder}/{name}")
            os.rename(scratch, place.name, src_dir_fd=there, dst_dir_fd=there)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(scratch, dir_fd=there)
            raise
    return moved


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    """Open a folder below a root, and make it if it is missing; no symbolic link is followed.

    Yields:
        the folder's descriptor.
    """
    with contextlib.ExitStack() as opened:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, at)
        for part in PurePosixPath(folder).parts:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=at)
            try:
                at = os.open(part, FOLDER_FLAGS, dir_fd=at)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(root / folder)) from error
            opened.callback(os.close, at)
        yield at
