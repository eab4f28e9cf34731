"""`set.json`: the description of a backup set, typed and versioned.

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
from pryv_tui.platform.gap import Gap, Hold, Moment, in_brief, notice
from pryv_tui.platform.layout import Layout
from pryv_tui.sanitize import one_line

FORMAT = 1
NOBODY = (1 << 32) - 1
"""A number that can't be an owner's: for chown(2) it means `leave it as it is`."""


class RecreatedFolder(msgspec.Struct, frozen=True):
    """A folder that was left out of the set, and that a restore creates empty."""

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
    """The container's service name in its compose file, from Docker's label; empty if unknown."""
    known_as: str = ""
    """The Pryv.io service that the container ran, if the container's name does not show it."""
    unwell: str = ""
    """Why the container did not work when the set was made, in words; empty if it worked."""


class CoreAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts in a core's part of a set: its index of user names compared with its dump. The
    two are of different moments."""

    indexed: int = 0
    """Number of names in the index."""
    without_documents: tuple[str, ...] | None = None
    """Names in the index that have no document in the dump: nobody can log in with them. Null if
    unknown, or too many to keep."""
    without_name: tuple[str, ...] | None = None
    """Ids of accounts that have events in the dump and no name in the index; null in the same
    cases."""
    why: str = ""
    """Why one of these lists is null."""


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
    """The SHA-256 of `TREE`, the list of folders and links; empty in older sets."""
    index: str = ""
    """The SHA-256 of `INDEX`, the files' states at their source; empty in older sets."""
    sums: str = ""
    """The SHA-256 of `SHA256SUMS`; empty in sets without `INDEX`."""
    linked_from: str = ""
    """The set that unchanged files were linked to; empty if none was."""
    linked_files: int = 0
    linked_bytes: int = 0
    layout: Layout = Layout()
    mounts: tuple[Disk, ...] = ()
    """The root's file system (its path is `.`) and the file systems mounted below the root, when it
    was copied; empty in older sets."""
    clock_offset_seconds: float | None = None
    """Seconds by which the clock of the machine's Docker engine was ahead of the clock used for
    `moments`."""
    recreated: tuple[RecreatedFolder, ...] = ()
    accounts: CoreAccounts | None = None
    """For a core with an index of user names; null in older sets, and if the index could not be
    read."""
    attachments: int | None = None
    """Number of attached files; null in older sets, and if they were not counted."""
    notes: tuple[str, ...] = ()
    """Unusual things noticed during the copy: files that changed or vanished, sockets, devices."""
    stores: dict[str, dict[str, Any]] = {}
    """The content of each store, by its name. mongodb {database, collections: {name: documents},
    views: [...], left_out: [...], bytes: of the dump}, views and left_out only if there are any.
    influxdb {databases: [...], bytes: N, shards: N, with_points: N, lasting: {database: shards},
    metadata: {file, offset, bytes} or null, points: {database: N}, where they were counted}. redis
    {users: N, own: 1 if register's own user is among them, form: {kind: aof or rdb, folder, name,
    append_folder, password, place: what the server would load instead, if that is another file}}.
    sqlite {files: N}."""


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a set that was made from a backup taken by hand."""

    folder: str
    when: str
    """Time when it was made a set, RFC 3339."""
    unknown: tuple[str, ...] = ()
    """What could not be learnt from the backup's folder, in sentences."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something found by a backup that a person has to look at, or to accept."""

    key: str
    about: str
    """The facts in short. If they differ, it is another finding."""
    text: str


class SetManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `set.json`."""

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
    """Who was kept from writing while the set was made."""
    casualties: dict[str, int] | None = None
    """The cost of the gap: number of records by `group.kind`, such as `accounts.register_only`;
    null if unknown."""
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    """The warnings that are shown until somebody accepts them."""
    run: str = ""
    sealed: bool = False
    """Whether `set.sha256` beside `set.json` has the hashes of `set.json` and of the guide; false
    in older sets."""
    seconds: dict[str, float] = {}
    """Duration of each step, for the estimates of the next run."""
    adopted: Adopted | None = None
    """For a set made from a backup taken by hand. `created` is then the time of that backup, if its
    files show it."""

    @property
    def files(self) -> int:
        return sum(host.files for host in self.hosts)

    @property
    def bytes(self) -> int:
        return sum(host.bytes for host in self.hosts)


def gap_lines(manifest: SetManifest) -> list[str]:
    """Return what a restore of a set can't bring back, one sentence per line."""
    if manifest.adopted is None:
        return notice(manifest.gap, expected=False, hold=manifest.hold)
    return [
        "It was made by hand and adopted: what could not be seen in its folder is not known.",
        *manifest.adopted.unknown,
    ]


def gap_in_brief(manifest: SetManifest) -> str:
    """Return how long the timing gap of a set was, on one line."""
    if manifest.adopted is not None:
        return "how long it was is not known, since the backup was made by hand"
    return in_brief(manifest.gap, manifest.hold)


def encode(manifest: SetManifest) -> bytes:
    """Encode `set.json` as it is stored: indented, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


@lru_cache(maxsize=256)
def decode(content: bytes) -> SetManifest:
    """Read `set.json`. Cached by content: a run reads its vault's sets a dozen times.

    Raises:
        ValueError: the content is not JSON, has a field of a wrong type, has a hostile or
            impossible value, or has a newer format than this program knows.
    """
    try:
        manifest = decode_json(content, SetManifest)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if manifest.format > FORMAT:
        raise ValueError(
            f"it is of format {manifest.format}, and this program knows {FORMAT}: a"
            " later version wrote it, and can read it"
        )
    _refuse_hostile(manifest)
    return _said_harmlessly(manifest)


def _said_harmlessly(manifest: SetManifest) -> SetManifest:
    """Make the sentences of a set harmless for a terminal; only people read these fields."""
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
"""Characters that no name in a set may have: control characters, and bytes that are not UTF-8."""


def unspeakable(text: str) -> bool:
    """Whether a set would be refused when it is read, if this text were its name, domain or
    root."""
    return _CONTROL.search(text) is not None


def as_read(manifest: SetManifest) -> SetManifest:
    """Return the manifest as it will be when it is read from `set.json` again."""
    return _said_harmlessly(manifest)


def _refuse_hostile(manifest: SetManifest) -> None:
    """Raise `ValueError` for names that would lead outside the set or the root, or into a shell.

    A set may come from anywhere, and root acts on its content.
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
                raise ValueError(f"{path!r} is not in a root")
            # This folder is ours: a set may name it as left out, but nothing inside it.
            if parts[0] == own_folder.NAME and (path in paths or path != own_folder.NAME):
                raise ValueError(f"{path!r} is not a folder of a platform")
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
    """Raise `ValueError` for impossible numbers and times, with which code that uses them would
    fail."""
    for host in manifest.hosts:
        counts = [host.files, host.bytes, host.folders, host.links]
        counts += [host.linked_files, host.linked_bytes, host.attachments or 0]
        counts += [host.accounts.indexed] if host.accounts else []
        if any(count < 0 for count in counts):
            raise ValueError("it has a negative count")
        for folder in host.recreated:
            # To chown(2) the last number means "leave it as it is".
            if not (0 <= folder.uid < NOBODY and 0 <= folder.gid < NOBODY):
                raise ValueError(f"the folder {folder.path!r} can't have such an owner")
            if not 0 <= folder.mode <= 0o7777:
                raise ValueError(f"the folder {folder.path!r} can't have such a mode")
        for digest in (host.tree, host.index, host.sums):
            if digest and re.fullmatch(r"[0-9a-f]{64}", digest) is None:
                raise ValueError(f"{digest!r} is not a SHA-256 hash")
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
        raise ValueError(f"{text!r} is not a time") from None
    # Beyond these years a conversion to another time zone can fail.
    if found.tzinfo is None or not 1 < found.year < 9999:
        raise ValueError(f"{text!r} is not a time")


class _InfluxMetadata(msgspec.Struct):
    """The place of InfluxDB's metadata inside its dump."""

    offset: int
    bytes: int
    file: Annotated[str, msgspec.Meta(pattern=r"^[0-9TZ]+\.meta\Z")]
    """A file name as influxd writes it: it becomes part of a shell line."""


class _Holds(msgspec.Struct):
    """The fields of a store's content that readers rely on, with their types."""

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
"""The fields that each store must have."""


def _check_stores(host: SetHost) -> None:
    """Raise `ValueError` if a store's content has another form than its readers rely on."""
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
            raise ValueError(f"its entry for the store {name!r} can't be read")
        if name != "sqlite" and name not in host.layout.stores:
            raise ValueError(f"it does not say where the store {name!r} is")
