"""What a backup set says of itself: `set.json`, typed and versioned.

The format only grows: a reader of version 1 ignores fields that it doesn't know.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Annotated, Any

import msgspec

from pryv_tui import own_folder
from pryv_tui.decoding import convert, decode_json
from pryv_tui.platform.disks import ROOT, Disk
from pryv_tui.platform.gap import Gap, Hold, Moment, notice
from pryv_tui.platform.layout import Layout
from pryv_tui.sanitize import one_line

FORMAT = 1
NOBODY = (1 << 32) - 1
"""No owner's number (chown(2))."""


class RecreatedFolder(msgspec.Struct, frozen=True):
    """A folder that was left out: how a restore makes it again, empty."""

    path: str
    uid: int
    gid: int
    mode: int


class SetImage(msgspec.Struct, frozen=True):
    """The image that a container ran from when the set was made."""

    container: str
    image: str
    digest: str
    running: bool
    service: str = ""
    """Its name in its compose file, as the label tells; empty where unknown."""
    known_as: str = ""
    """The Pryv.io service that it was, where its name does not tell."""
    unwell: str = ""
    """Why it did not do its work then, in words; empty where it did."""


class CoreAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """What a core's part of a set knows of accounts besides the names in core's index: the dump is
    of another moment than the index."""

    indexed: int = 0
    """Names in the index."""
    without_documents: tuple[str, ...] | None = None
    """Of them those that have no document in the dump, so that nobody can log in; null where that
    is not known, or they are too many to be kept."""
    without_name: tuple[str, ...] | None = None
    """The ids of those whose events are in the dump and whose names are not in the index; null
    as above."""
    why: str = ""
    """Why one of them is not told."""


class SetHost(msgspec.Struct, frozen=True, kw_only=True):
    """One machine's part of a set."""

    name: str
    root: str
    roles: tuple[str, ...]
    release: str | None = None
    engine: str = ""
    images: tuple[SetImage, ...] = ()
    files: int = 0
    bytes: int = 0
    folders: int = 0
    links: int = 0
    tree: str = ""
    """The SHA-256 of `TREE`, the list of folders and links; empty in sets from before it."""
    index: str = ""
    """The SHA-256 of `INDEX`, what each file was at its source; empty in sets from before it."""
    sums: str = ""
    """The SHA-256 of `SHA256SUMS`; empty in sets from before `INDEX`."""
    linked_from: str = ""
    """The set that unchanged files were linked to instead of copied; empty where none was."""
    linked_files: int = 0
    linked_bytes: int = 0
    layout: Layout = Layout()
    mounts: tuple[Disk, ...] = ()
    """The file system of the root (its path is `.`) and those mounted below it, when it was copied;
    empty in sets from before this."""
    clock_offset_seconds: float | None = None
    """How far its engine's clock was ahead of the one that the moments are told by."""
    recreated: tuple[RecreatedFolder, ...] = ()
    accounts: CoreAccounts | None = None
    """Of a core with an index of user names; null in sets from before it, and where it could not
    be read."""
    attachments: int | None = None
    """Attached files; null in sets from before it, and where they were not counted."""
    notes: tuple[str, ...] = ()
    """What was odd while copying: files that changed, vanished, or are no files at all."""
    stores: dict[str, dict[str, Any]] = {}
    """Per store what it holds: mongodb {database, collections: {name: documents}, views: [...],
    left_out: [...], the last two only where there are any, bytes: of the dump}; influxdb
    {databases: [...], bytes: N, shards: N, with_points: N, lasting: {database: shards}, metadata:
    {file, offset, bytes} or null, points: {database: N}, where they were counted}; redis {users: N,
    own: 1 where register's own is among them, form: {kind: aof or rdb, folder, name, append_folder,
    password, place: what the server would load instead, where that is another file}};
    sqlite {files: N}."""


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """Where a set comes from that was backed up by hand."""

    folder: str
    when: str
    """When it was made a set, RFC 3339."""
    unknown: tuple[str, ...] = ()
    """What the folder could not tell, in sentences."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a backup found and that a person has to look at, or accept."""

    key: str
    about: str
    """The facts in short: with others it is another finding."""
    text: str


class SetManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole set."""

    format: int = FORMAT
    tool: str
    id: str
    label: str = ""
    created: str
    practice: bool = False
    domain: str
    form: str
    release: str | None = None
    roles: tuple[str, ...]
    hosts: tuple[SetHost, ...]
    moments: tuple[Moment, ...] = ()
    gap: Gap = Gap()
    hold: Hold | None = None
    """What was kept out while the set was made."""
    casualties: dict[str, int] | None = None
    """What the gap cost, by `group.kind`, such as `accounts.register_only`; null where unknown."""
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Those of the warnings that stand until they are accepted."""
    run: str = ""
    sealed: bool = False
    """`set.sha256` beside it holds its own hash and the guide's; false in sets from before it."""
    seconds: dict[str, float] = {}
    """How long each step took, for the next run's estimates."""
    adopted: Adopted | None = None
    """Of a set that was made of a backup taken by hand; `created` is then when that was taken, as
    far as its files tell."""

    @property
    def files(self) -> int:
        return sum(host.files for host in self.hosts)

    @property
    def bytes(self) -> int:
        return sum(host.bytes for host in self.hosts)


def gap_lines(manifest: SetManifest) -> list[str]:
    """What a restore of a set can't bring back, a sentence a line."""
    if manifest.adopted is None:
        return notice(manifest.gap, expected=False, hold=manifest.hold)
    return [
        "It was made by hand and adopted: what its folder could not tell, nobody knows.",
        *manifest.adopted.unknown,
    ]


def encode(manifest: SetManifest) -> bytes:
    """`set.json` as it lies in the set: indented, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


@lru_cache(maxsize=256)
def decode(content: bytes) -> SetManifest:
    """Read `set.json`. A run asks a dozen times for the sets of its vault, and what one says of
    itself does not change: the same content is read once.

    Raises:
        ValueError: not JSON, a field of the wrong type, or a newer format than this one.
    """
    try:
        manifest = decode_json(content, SetManifest)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if manifest.format > FORMAT:
        raise ValueError(
            f"it is of format {manifest.format}, and this program knows {FORMAT}: a later version"
            " of this program wrote it, and reads it"
        )
    _refuse_hostile(manifest)
    return _said_harmlessly(manifest)


def _said_harmlessly(manifest: SetManifest) -> SetManifest:
    """What a set says in sentences, and nobody works with, unable to act on a terminal."""
    hosts = tuple(
        msgspec.structs.replace(
            host,
            notes=tuple(one_line(note) for note in host.notes),
            accounts=host.accounts
            and msgspec.structs.replace(host.accounts, why=one_line(host.accounts.why)),
        )
        for host in manifest.hosts
    )
    warnings = tuple(one_line(text) for text in manifest.warnings)
    adopted = manifest.adopted
    if adopted is not None:
        adopted = Adopted(
            folder=one_line(adopted.folder),
            when=one_line(adopted.when),
            unknown=tuple(one_line(text) for text in adopted.unknown),
        )
    findings = tuple(
        Finding(key=one_line(one.key), about=one_line(one.about), text=one_line(one.text))
        for one in manifest.findings
    )
    return msgspec.structs.replace(
        manifest, hosts=hosts, warnings=warnings, findings=findings, adopted=adopted
    )


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no name in a set may hold: what acts on a terminal or a shell, or bytes that are no text."""


def unspeakable(text: str) -> bool:
    """Whether a set that has this in its name, its domain or a root could not be read again."""
    return _CONTROL.search(text) is not None


def as_read(manifest: SetManifest) -> SetManifest:
    """A manifest as a reader of it gets it."""
    return _said_harmlessly(manifest)


def _refuse_hostile(manifest: SetManifest) -> None:
    """Raise ValueError for names that would lead outside the set or the root, or into a shell.

    A set may come from anywhere: what it says of itself is used as root.
    """
    names = [manifest.id, *(host.name for host in manifest.hosts)]
    for name in names:
        if not name or "/" in name or name in (".", ".."):
            raise ValueError(f"{name!r} can't be the name of a set or a host")
    if len({host.name for host in manifest.hosts}) != len(manifest.hosts):
        raise ValueError("two hosts have the same name")
    for host in manifest.hosts:
        if not PurePosixPath(host.root).is_absolute() or ".." in PurePosixPath(host.root).parts:
            raise ValueError(f"{host.root!r} can't be a root")
        paths = [folder.path for folder in host.recreated]
        paths += host.layout.recreated
        paths += [disk.path for disk in host.mounts if disk.path != ROOT]
        for store in host.layout.stores.values():
            paths += [store.data, *([store.dump] if store.dump else [])]
        for path in (*paths, *host.layout.left_out):
            parts = PurePosixPath(path).parts
            if not parts or path.startswith("/") or ".." in parts:
                raise ValueError(f"{path!r} does not lie in a root")
            # What lies aside there is ours alone: a set may leave it out, and do nothing else.
            if parts[0] == own_folder.NAME and (path in paths or path != own_folder.NAME):
                raise ValueError(f"{path!r} is no folder of a platform")
        _check_stores(host)
    _need_numbers(manifest)
    texts = [manifest.domain, manifest.form, manifest.label, manifest.created, manifest.run]
    texts += [manifest.release or "", *manifest.roles, *names, manifest.tool]
    for moment in manifest.moments:
        texts += [moment.what, *moment.roles, moment.host, moment.started, moment.finished]
    gap = manifest.gap
    texts += [gap.accounts_from, gap.accounts_to, gap.data_from, gap.data_to]
    for host in manifest.hosts:
        texts += [host.root, host.release or "", host.engine, *host.roles, host.linked_from]
        texts += [i.image + i.digest + i.service for i in host.images]
        texts += [d.path + d.kind + d.source + d.identity for d in host.mounts]
        texts += [f.path for f in host.recreated] + [i.container for i in host.images]
        texts += [s.dump_inside + s.data_inside + s.container for s in host.layout.stores.values()]
    for text in texts:
        if unspeakable(text):
            raise ValueError(f"{text!r} holds control characters")


def _need_numbers(manifest: SetManifest) -> None:
    """Raise ValueError for numbers and times that none can be, which who uses them ends on."""
    for host in manifest.hosts:
        counts = [host.files, host.bytes, host.folders, host.links]
        counts += [host.linked_files, host.linked_bytes, host.attachments or 0]
        counts += [host.accounts.indexed] if host.accounts else []
        if any(count < 0 for count in counts):
            raise ValueError("it counts less than none")
        for folder in host.recreated:
            # The last number means "leave it as it is" (chown(2)).
            if not (0 <= folder.uid < NOBODY and 0 <= folder.gid < NOBODY):
                raise ValueError(f"the folder {folder.path!r} can't have such an owner")
            if not 0 <= folder.mode <= 0o7777:
                raise ValueError(f"the folder {folder.path!r} can't have such a mode")
        for digest in (host.tree, host.index, host.sums):
            if digest and re.fullmatch(r"[0-9a-f]{64}", digest) is None:
                raise ValueError(f"{digest!r} is no hash of a list")
    gap, adopted = manifest.gap, manifest.adopted
    times = [gap.accounts_from, gap.accounts_to, gap.data_from, gap.data_to]
    times += [time for moment in manifest.moments for time in (moment.started, moment.finished)]
    times += [adopted.when] if adopted is not None else []
    for time in (manifest.created, *filter(None, times)):
        _need_time(time)


def _need_time(text: str) -> None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time") from None
    # Beyond these years another zone's time has no date any more.
    if found.tzinfo is None or not 1 < found.year < 9999:
        raise ValueError(f"{text!r} is no time")


class _InfluxMetadata(msgspec.Struct):
    """Where InfluxDB's own metadata lie in its dump."""

    offset: int
    bytes: int
    file: Annotated[str, msgspec.Meta(pattern=r"^[0-9TZ]+\.meta\Z")]
    """Becomes a part of a shell line: it is one that influxd writes."""


class _Holds(msgspec.Struct):
    """What a store holds, as far as readers of it rely on its form."""

    collections: dict[str, int] = {}
    databases: list[str] = []
    views: list[str] = []
    left_out: list[str] = []
    users: int = 0
    shards: int = 0
    bytes: int = 0
    points: dict[str, int] = {}
    lasting: dict[str, int] = {}
    damaged: dict[str, str] = {}
    unchecked: dict[str, str] = {}
    metadata: _InfluxMetadata | None = None


_NEEDED = {
    "mongodb": {"collections"},
    "influxdb": {"databases"},
    "redis": {"users"},
    "sqlite": set[str](),
}
"""What each of the stores that there are has to tell."""


def _check_stores(host: SetHost) -> None:
    """What the stores hold has the form that every reader of it relies on."""
    for name, holds in host.stores.items():
        needed = _NEEDED.get(name)
        try:
            known = convert(holds, _Holds)
            told = [*known.damaged.items(), *known.unchecked.items()]
            good = needed is not None and needed <= holds.keys()
            good = good and not any(unspeakable(key + text) for key, text in told)
        except msgspec.ValidationError:
            good = False
        if not good:
            raise ValueError(f"what it says of the store {name!r} can't be read")
        if name != "sqlite" and name not in host.layout.stores:
            raise ValueError(f"it does not say where the store {name!r} lies")
