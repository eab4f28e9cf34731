"""Find the database dumps in a folder that was backed up by hand, by their content. Read-only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.clock import utc_now
from pryv_tui.decoding import read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.ownership import TOP_FOLDERS
from pryv_tui.operations.plan import quote
from pryv_tui.operations.stores.mongo_words import DATABASE
from pryv_tui.phrases import counted
from pryv_tui.vault.strangers import is_known

DEEP = 4
"""How many levels below the given folder are searched for a copied root or a dump."""
_INFLUX_TIME = re.compile(r"(\d{8}T\d{6}Z)\.manifest")
_COMPRESSED = (".bson.gz", ".metadata.json.gz")


class AdoptChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says about a folder, since the folder itself does not show it."""

    folder: str
    dumps: dict[str, str] = {}
    """The folder of the dump, by store; for a store that is not listed, the dump is searched
    for."""
    without: tuple[str, ...] = ()
    """Stores that are known to have no dump."""
    taken: str = ""
    """When the backup was made, RFC 3339; if empty, it is worked out from the files."""
    domain: str = ""


class FoundDump(msgspec.Struct, frozen=True, kw_only=True):
    """A store's dump that was found in the adopted folder."""

    folder: str
    only: tuple[str, ...]
    """Names in the folder that belong to the dump."""
    time: str
    """When the dump was written, RFC 3339, as its files show."""
    compressed: bool = False
    others: tuple[str, ...] = ()
    """Older dumps in the same folder; they are left out."""


def refused(what: str, remedy: str) -> PryvTuiError:
    return PryvTuiError("refused", f"{what}; nothing was changed", remedy)


def refuse_links(copy: Path, folders: Mapping[str, str]) -> None:
    """Refuse a copy with a symbolic link at, or above, a store's dump or data folder.

    The set would have only the link, and a dump would be written to the link's target.

    Args:
        folders: by store, its folder relative to the copied root.

    Raises:
        PryvTuiError: `refused`.
    """
    for store, folder in folders.items():
        path = copy / folder
        for link in reversed((path, *path.parents)):
            if link.is_relative_to(copy) and link != copy and link.is_symlink():
                raise refused(
                    f"{link} is a link: the set would hold only the link, and no data of {store}",
                    f"Remove the link: {quote('rm', link)}; if it leads to data of this platform,"
                    " copy that data to its place",
                )


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in a folder, without symbolic links."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(e.path) for e in entries if e.is_dir(follow_symlinks=False))
    except OSError as error:
        raise _unread(folder, error) from error


def _unread(folder: Path, error: OSError) -> PryvTuiError:
    return refused(
        f"{error.filename or folder} can't be read: {error.strerror or error}",
        "Run the command with sudo, or correct the owner or mode."
        if isinstance(error, PermissionError)
        else "The kernel may say why: dmesg; then try again.",
    )


def dump_of(
    store: str, choices: AdoptChoices, folder: Path, copies: Sequence[Path]
) -> FoundDump | None:
    """Return the dump of a store: the one that the operator named, or the only one found.

    None if there is none.

    Raises:
        PryvTuiError: `refused`, there are several, or the named folder has none.
    """
    reader = _mongo_dump if store == "mongodb" else _influx_dump

    def read(place: Path) -> FoundDump | None:
        try:
            return reader(place)
        except OSError as error:
            raise _unread(place, error) from error

    said = choices.dumps.get(store)
    if said is not None:
        found = read(Path(said))
        if found is None:
            raise refused(
                f"{said} holds no dump of {store}",
                f"Name the folder that holds {looks_like(store)}.",
            )
        return found
    places: dict[str, FoundDump] = {}
    for place in _places(folder, copies):
        found = read(place)
        if found is not None:
            # One dump may be found twice: by its own folder, and by its parent.
            places[found.folder] = found
    if len(places) > 1:
        named = ", ".join(places)
        raise refused(
            f"there are {counted(len(places), 'dump')} of {store}: {named}",
            "Say which one belongs to this backup:"
            f" {quote('--dump', f'{store}={next(iter(places))}')}",
        )
    return next(iter(places.values()), None)


def looks_like(store: str) -> str:
    return f"{DATABASE}/events.bson" if store == "mongodb" else "a file <time>.manifest"


def _places(folder: Path, copies: Sequence[Path]) -> Iterator[Path]:
    """Yield folders that may contain a dump: those of the vendor's guide in each copied root, and
    those outside the copied roots."""
    for copy in copies:
        for place in ("pryv/mongodb/backup", "pryv/influxdb/backup", "pryv/core/mongodb/backup"):
            if (copy / place).is_dir() and not _through_link(copy, place):
                yield from _below(copy / place, 2)
    yield from _outside(folder, set(copies), DEEP)


def _through_link(copy: Path, place: str) -> bool:
    path = copy
    for part in Path(place).parts:
        path /= part
        if path.is_symlink():
            return True
    return False


def _below(folder: Path, deep: int) -> Iterator[Path]:
    yield folder
    if deep:
        for inner in folders_in(folder):
            yield from _below(inner, deep - 1)


def _outside(folder: Path, copies: set[Path], deep: int) -> Iterator[Path]:
    if folder in copies:
        # Somebody may have put a dump beside the folders that belong to a root.
        for inner in folders_in(folder):
            if inner.name not in (*TOP_FOLDERS, own_folder.of(folder).name):
                yield from _below(inner, 2)
        return
    yield folder
    if deep:
        for inner in folders_in(folder):
            yield from _outside(inner, copies, deep - 1)


def _mongo_dump(folder: Path) -> FoundDump | None:
    """Return the dump in a folder that `mongodump -o` wrote into, or in its database folder; or
    None."""
    if folder.name == DATABASE and folder.is_dir():
        folder = folder.parent
    database = folder / DATABASE
    if database.is_symlink() or not database.is_dir():
        return None
    files = [
        path
        for path in database.iterdir()
        if path.is_file() and not path.is_symlink() and not is_known(os.fsencode(path.name))
    ]
    compressed = [path for path in files if path.name.endswith(_COMPRESSED)]
    plain = [path for path in files if path.name.endswith((".bson", ".metadata.json"))]
    if not compressed and not plain:
        return None
    if compressed and plain:
        raise refused(
            f"{database} holds files of two dumps: some are compressed, some are not",
            "Move the files of one of them out of it.",
        )
    newest = max(path.stat().st_mtime for path in files)
    return FoundDump(
        folder=str(folder), only=(DATABASE,), time=file_time(newest), compressed=bool(compressed)
    )


class _Named(msgspec.Struct, rename={"file_name": "fileName"}):
    file_name: str


class _Manifest(msgspec.Struct):
    meta: _Named
    files: list[_Named] | None = None


def _influx_dump(folder: Path) -> FoundDump | None:
    """Return the newest backup in a folder, by its manifest; None if there is none.

    Older ones are left out: a restore would merge all backups in the folder.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.is_symlink())
    except OSError:
        return None
    manifests = [name for name in names if name.endswith(".manifest")]
    if not manifests:
        return None
    newest = manifests[-1]
    try:
        read = read_json(folder / newest, _Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise refused(
            f"{folder / newest} is not the manifest of an InfluxDB backup: {error}",
            "Name another dump: --dump influxdb=FOLDER",
        ) from error
    only = [newest, read.meta.file_name, *(file.file_name for file in read.files or ())]
    odd = next((name for name in only if "/" in name or name in ("", ".", "..")), None)
    if odd is not None:
        raise refused(
            f"{folder / newest} names {odd!r}, which is not a file beside it",
            "Name another dump: --dump influxdb=FOLDER",
        )
    match = _INFLUX_TIME.fullmatch(newest)
    time = (
        datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
        if match
        else file_time((folder / newest).stat().st_mtime)
    )
    return FoundDump(folder=str(folder), only=tuple(only), time=time, others=tuple(manifests[:-1]))


def file_time(seconds: float) -> str:
    now = utc_now()
    return min(datetime.fromtimestamp(seconds, UTC), now).isoformat(timespec="seconds")
