"""What a backup set says of itself: `set.json`, typed and versioned.

The format only grows: a reader of version 1 ignores fields that it doesn't know.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pryv_tui.platform.gap import Gap, Moment
from pryv_tui.platform.layout import Layout

FORMAT = 1


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
    layout: Layout = Layout()
    recreated: tuple[RecreatedFolder, ...] = ()
    notes: tuple[str, ...] = ()
    """What was odd while copying: files that changed, vanished, or are no files at all."""
    stores: dict[str, dict[str, Any]] = {}
    """Per store what it holds: mongodb {database, collections: {name: documents}}; influxdb
    {databases: [...], shards: N}; redis {users: N}; sqlite {files: N}."""


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
    warnings: tuple[str, ...] = ()
    run: str = ""
    seconds: dict[str, float] = {}
    """How long each step took, for the next run's estimates."""

    @property
    def files(self) -> int:
        return sum(host.files for host in self.hosts)

    @property
    def bytes(self) -> int:
        return sum(host.bytes for host in self.hosts)

    def host_of(self, role: str) -> SetHost | None:
        """The machine whose part holds a role, or None."""
        return next((host for host in self.hosts if role in host.roles), None)


def encode(manifest: SetManifest) -> bytes:
    """`set.json` as it lies in the set: indented, for people too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(content: bytes) -> SetManifest:
    """Read `set.json`.

    Raises:
        ValueError: not JSON, a field of the wrong type, or a newer format than this one.
    """
    try:
        manifest = msgspec.json.decode(content, type=SetManifest)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if manifest.format > FORMAT:
        raise ValueError(f"format {manifest.format} is newer than this program knows ({FORMAT})")
    return manifest
