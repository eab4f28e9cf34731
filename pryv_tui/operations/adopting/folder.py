"""Read a folder that somebody backed up by hand, as the vendor's guide says. Read-only.

By the guide, the databases are dumped (`mongodump`, `influxd backup`) into the root, and each
role's root is copied. The result has one of these forms, recognized by their content:

- a copy of one root (`pryv/`, `config-leader/` …), of one role or of a whole single node;
- several such copies in folders beside each other, with any names;
- the dumps inside the root, as in the guide, or in folders of their own.

Symbolic links are not followed: their targets were not copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.deep_trees import walk
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import (
    DEFAULT_ROOT,
    mounts_of,
    roles_from_files,
)
from pryv_tui.hosts.ownership import TOP_FOLDERS
from pryv_tui.operations.adopting.dumps import (
    DEEP,
    AdoptChoices,
    FoundDump,
    dump_of,
    folders_in,
    looks_like,
    refuse_links,
    refused,
)
from pryv_tui.operations.adopting.facts import domain_of, not_known, taken_at
from pryv_tui.operations.adopting.images import images_of, release_in
from pryv_tui.operations.plan import quote
from pryv_tui.platform.layout import STORE_ROLE, Layout, resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES, RoleName, form_of
from pryv_tui.vault.manifest import RecreatedFolder, SetImage, unspeakable
from pryv_tui.vault.set_files import SET_JSON
from pryv_tui.vault.set_names import PARTIAL

_SERVICES = ("core", "mongodb", "influxdb", "redis", "register", "nginx", "app-web-auth3", "dns")


__all__ = ["AdoptChoices", "Found", "FoundDump", "FoundPart", "form", "look"]


class FoundPart(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of one machine's root."""

    name: str
    """The machine's name in the set."""
    copy: str
    """The present folder of the copy."""
    root: str
    """The root's path on its machine, and the path to which it is restored."""
    roles: tuple[RoleName, ...]
    layout: Layout
    dumps: dict[str, FoundDump]
    recreated: tuple[RecreatedFolder, ...] = ()
    images: tuple[SetImage, ...] = ()
    release: str | None = None
    notes: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The copies and dumps found in a folder."""

    folder: str
    parts: tuple[FoundPart, ...]
    domain: str
    taken: str
    unknown: tuple[str, ...]
    """Sentences on what the folder does not show."""

    @property
    def roles(self) -> tuple[RoleName, ...]:
        return tuple(r for r in ROLE_NAMES if any(r in part.roles for part in self.parts))


def look(choices: AdoptChoices, deployment: Deployment, vault: Path) -> Found:
    """Read a folder and find the copies and dumps in it.

    Raises:
        PryvTuiError: `refused`, something is missing or in the way; the error has the remedy.
    """
    folder = _checked(choices.folder, deployment, vault)
    copies = sorted(_roots(folder))
    if not copies:
        raise refused(
            f"{folder} holds no copy of a root: no folder `pryv` with the folders of Pryv.io's"
            " services in it",
            "Name the folder that holds the copy. A packed copy has to be unpacked first.",
        )
    dumps = {
        store: dump_of(store, choices, folder, copies)
        for store in ("mongodb", "influxdb")
        if store not in choices.without
    }
    for path in (folder, *copies, *(dump.folder for dump in dumps.values() if dump)):
        if unspeakable(str(path)):
            raise refused(
                f"the path {str(path)!r} holds control characters, or bytes that are not text: a"
                " set that names it could not be read again",
                "Rename it, with plain letters, digits and punctuation, and adopt it by that name.",
            )
    parts = _parts(copies, deployment, dumps, choices)
    return Found(
        folder=str(folder),
        parts=parts,
        domain=domain_of(choices, copies, deployment),
        taken=taken_at(choices, parts),
        unknown=not_known(choices, parts),
    )


def _checked(text: str, deployment: Deployment, vault: Path) -> Path:
    """Return the real path of a folder that may be adopted; refuse any other."""
    given = Path(text)
    if not text.strip() or not given.is_absolute():
        raise refused(f"{text!r} is not an absolute path", "Name the folder by its whole path.")
    if given.is_file():
        beside = given.with_name(f"{given.name}-unpacked")
        unpack = quote("tar", "--numeric-owner", "-xpf", given, "-C", beside)
        raise refused(
            f"{given} can't be read as a folder: it is a file",
            f"Unpack it first: {quote('mkdir', beside)} && {unpack}, then"
            f" {quote('pryv-tui', 'adopt', beside)}",
        )
    try:
        folder = Path(os.path.realpath(given, strict=True))
        entries = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise refused(
            f"{given} can't be read: {error.strerror or error}",
            "Run the command with sudo, or correct the owner or mode."
            if isinstance(error, PermissionError)
            else "Name the folder that holds it.",
        ) from error
    if folder.name.endswith(PARTIAL):
        raise refused(
            f"{folder} is an unfinished backup set of this program",
            "Take a new backup: pryv-tui backup",
        )
    if SET_JSON in entries:
        raise refused(
            f"{folder} is already a backup set of this program",
            f"Copy it into the vault: {quote('cp', '-a', folder, f'{vault}/')}",
        )
    _see_apart(folder, "the vault", vault, "Name a folder outside the vault.")
    for what, root in _live(deployment):
        _see_apart(folder, what, root, "Take a backup of what is in use: pryv-tui backup")
    return folder


def _see_apart(folder: Path, what: str, other: Path, remedy: str) -> None:
    """Refuse a folder that is inside a folder in use, or that contains one.

    Raises:
        PryvTuiError: `refused`.
    """
    real = Path(os.path.realpath(other))
    if folder == real or real in folder.parents:
        raise refused(f"{folder} is inside {what} {other}", remedy)
    if folder in real.parents:
        raise refused(f"{folder} holds {what} {other}", "Name only the folder of the copy.")


def _live(deployment: Deployment) -> list[tuple[str, Path]]:
    return [
        (f"the root of {state.name},", Path(state.root))
        for state in deployment.hosts
        if state.root and state.root_exists
    ]


def is_copy(folder: Path) -> bool:
    """Whether a folder looks like the copy of a root."""
    pryv = folder / "pryv"
    if pryv.is_symlink() or not pryv.is_dir():
        return False
    inside = {path.name for path in folders_in(pryv)}
    return bool(inside & set(_SERVICES)) and not (inside & set(TOP_FOLDERS) and is_copy(pryv))


def _roots(folder: Path, deep: int = DEEP) -> Iterator[Path]:
    if is_copy(folder):
        yield folder
    elif deep:
        for inner in folders_in(folder):
            yield from _roots(inner, deep - 1)


def _parts(
    copies: Sequence[Path],
    deployment: Deployment,
    dumps: Mapping[str, FoundDump | None],
    choices: AdoptChoices,
) -> tuple[FoundPart, ...]:
    parts: list[FoundPart] = []
    for copy in copies:
        roles = roles_from_files(copy)
        if not roles:
            raise refused(
                f"{copy} is not a complete copy of a role's root: it has neither pryv/core/conf nor"
                " pryv/register/conf nor pryv/app-web-auth3",
                "Leave it out of the folder, or complete it.",
            )
        taken = [role for part in parts for role in part.roles if role in roles]
        if taken and (taken != ["core"] or len(roles) > 1):
            raise refused(
                f"{taken[0]} is there twice: {parts[-1].copy} and {copy}",
                "Name the folder of one backup only.",
            )
        if taken:
            raise refused(
                f"there are several cores: {parts[-1].copy} and {copy}: it is not known which"
                " dump belongs to which core",
                "Adopt one core at a time: name its folder, and the others after it.",
            )
        parts.append(_part(copy, roles, deployment, dumps, choices, {p.name for p in parts}))
    return tuple(parts)


def _part(
    copy: Path,
    roles: tuple[RoleName, ...],
    deployment: Deployment,
    dumps: Mapping[str, FoundDump | None],
    choices: AdoptChoices,
    names: set[str],
) -> FoundPart:
    states = [state for state in deployment.hosts if set(state.roles) & set(roles)]
    if not states and len(deployment.hosts) == 1:
        states = list(deployment.hosts)
    state = states[0] if states and states[0].name not in names else None
    root = (state.root if state else None) or DEFAULT_ROOT
    mounts = mounts_of(state.containers) if state else {}
    if not mounts and (copy / "pryv/core/mongodb").is_dir():
        # Before 1.7 a cluster's core kept MongoDB's folders here.
        inside = {f"/app/{name}": f"{root}/pryv/core/mongodb/{name}" for name in ("backup", "data")}
        mounts = {"pryvio_mongodb": inside}
    layout = resolve_layout(roles, root, mounts)
    mine: dict[str, FoundDump] = {}
    for store in ("mongodb", "influxdb"):
        if STORE_ROLE[store] not in roles or store in choices.without:
            continue
        dump = dumps.get(store)
        if dump is None:
            raise _no_dump(store, copy, layout)
        mine[store] = dump
    redis = layout.stores.get("redis")
    held = {store: layout.stores[store].dump for store in mine}
    refuse_links(copy, held | ({"redis": redis.data} if redis else {}))
    if redis is not None and not _any_file(copy / redis.data):
        raise refused(
            f"{copy} holds no data of Redis ({redis.data} is empty or not there): register would"
            " have no accounts",
            "Complete the copy with that folder.",
        )
    images = images_of(copy, root, roles)
    return FoundPart(
        name=state.name if state else _name(roles, names),
        copy=str(copy),
        root=root,
        roles=roles,
        layout=layout,
        dumps=mine,
        recreated=tuple(_recreated(copy, path) for path in layout.recreated),
        images=images,
        release=release_in(images),
        notes=tuple(_notes(copy, layout, mine)),
    )


def _no_dump(store: str, copy: Path, layout: Layout) -> PryvTuiError:
    raw = layout.stores[store].data
    there = ""
    if _any_file(copy / raw):
        there = f" Its data files ({raw}) were copied from a running server and can't be used."
    remedy = f"Say where it is: --dump {store}=FOLDER"
    if store == "influxdb":
        remedy += "; if there never was a dump: --without influxdb, and the set will have no series"
    return refused(
        f"{copy} holds core, and no dump of {store} was found: no folder with"
        f" {looks_like(store)}.{there}",
        remedy,
    )


def _any_file(folder: Path) -> bool:
    return any(names for _folder, _folders, names in walk(folder))


def _name(roles: Sequence[str], names: set[str]) -> str:
    name = roles[0] if len(roles) == 1 else "single"
    while name in names:
        name += "-2"
    return name


def _recreated(copy: Path, path: str) -> RecreatedFolder:
    """Return a folder that backups leave out and restores create again.

    Owner and mode are those in the copy; if the copy lacks the folder, the owner of its nearest
    parent.
    """
    for folder in (copy / path, *(copy / path).parents):
        if folder.is_dir() and not folder.is_symlink():
            found = folder.stat()
            mode = found.st_mode & 0o7777 if folder == copy / path else 0o750
            return RecreatedFolder(path, found.st_uid, found.st_gid, mode)
    return RecreatedFolder(path, 0, 0, 0o750)


def _notes(copy: Path, layout: Layout, dumps: Mapping[str, FoundDump]) -> Iterator[str]:
    for path in layout.recreated:
        if _any_file(copy / path):
            yield f"{path}: left out, as a backup of this program leaves it out"
    for store, dump in dumps.items():
        for other in dump.others:
            yield f"{store}: an older backup in {dump.folder} is left out: {other}"
        if dump.compressed:
            yield f"{store}: its dump was compressed; it is unpacked in the set"


def form(found: Found) -> str:
    return form_of(part.roles for part in found.parts)
