"""The commands to restic and its answers, as data. Pure.

As seen with restic 0.14 (Debian 12): `backup`, `snapshots` and `ls` understand `--json`, `check`
and `restore` don't. An error is one line on stderr and exit code 1. If `backup` could not read
everything, it exits with 3, and still leaves a snapshot of the rest.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from typing import Literal

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.sanitize import one_line
from pryv_tui.secrets import hidden, holds_secret, without
from pryv_tui.vault.set_names import is_set_id

PREFIX = "restic:"
"""Prefix of a vault that is a restic repository; restic's location follows."""
TAG = "pryv-tui"
"""Tag of all snapshots that are backup sets."""
SET_TAG = "set:"
"""Prefix of the tag that names the set. This tag is set last, after the data that arrived was
compared."""
SENDING_TAG = "sending:"
"""Prefix of the tag of a snapshot that is not a set yet: it is being sent, or was interrupted."""
OLDEST = (0, 14, 0)
"""The oldest version of restic that was tried with this program."""
INSTALL = "Install it: apt-get install restic"
LOCKED = "already locked"
"""restic's words if another process has locked the repository."""
FULL = "no space left on device"
"""restic's words for a full disk: the repository's disk, or the disk of its cache or TMPDIR on this
machine."""
BROKEN = (
    *("connection refused", "connection reset", "no such host", "i/o timeout", "broken pipe"),
    *("network is unreachable", "no route to host", "tls handshake timeout", "connection lost"),
    *("context deadline exceeded", "server misbehaving", "use of closed network connection"),
    "subprocess ssh exited",
)
"""restic's words for a failed connection. They say nothing about the repository."""
INCOMPLETE = 3
"""restic's exit code for a snapshot without the files that could not be read (restic's manual,
"Exit status codes" of `backup`)."""

PASSWORDS = ("RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND", "RESTIC_PASSWORD")
PLACES = ("RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE")
FILES = (
    *("RESTIC_PASSWORD_FILE", "RESTIC_REPOSITORY_FILE", "RESTIC_CACHE_DIR", "RESTIC_CACERT"),
    *("RESTIC_TLS_CLIENT_CERT", "GOOGLE_APPLICATION_CREDENTIALS", "TMPDIR"),
)
"""Variables of restic's environment that are paths. A relative path would fail, since restic is run
in other folders than this program."""
FILTERS = ("RESTIC_HOST",)
"""Variables that would hide some of the snapshots, from restic 0.17 on."""
ENVIRONMENT = (
    "RESTIC_",
    "RCLONE_",
    "AWS_",
    "AZURE_",
    "B2_",
    "GOOGLE_",
    "OS_",
    "ST_",
    "SSH_AUTH_SOCK",
)
"""Prefixes of the variables from which restic reads its credentials (restic's manual, "Environment
Variables")."""

REMOTE_KINDS = ("sftp", "rest", "s3", "swift", "b2", "azure", "gs", "rclone")
"""Kinds of restic's backends, other than a folder."""
_REMOTE = re.compile(f"(?:{'|'.join(REMOTE_KINDS)}):")
_VERSION = re.compile(r"restic (\d+)\.(\d+)\.(\d+)")


class Snapshot(msgspec.Struct, frozen=True):
    """One snapshot, as listed by `snapshots --json`."""

    id: str
    time: str
    hostname: str = ""
    tags: tuple[str, ...] | None = None
    original: str = ""
    """The snapshot's id before its tags were changed."""
    tree: str = ""
    """Hash of the snapshot's content."""

    @property
    def set_id(self) -> str:
        """Name of the backup set that this snapshot is; empty if it is not a set."""
        name = self._tagged(SET_TAG)
        return name if is_set_id(name) else ""

    @property
    def sending(self) -> str:
        """Name of the backup set that this snapshot was to become; empty if none."""
        return self._tagged(SENDING_TAG)

    def _tagged(self, begin: str) -> str:
        names = [tag.removeprefix(begin) for tag in self.tags or () if tag.startswith(begin)]
        return names[0] if TAG in (self.tags or ()) and len(names) == 1 else ""


class Status(msgspec.Struct, frozen=True):
    """Progress of a backup."""

    total_bytes: int = 0
    bytes_done: int = 0


class Summary(msgspec.Struct, frozen=True):
    """The result of a backup."""

    snapshot_id: str
    total_files_processed: int
    total_bytes_processed: int
    data_added: int = 0
    """New bytes in the repository, before they were packed."""


class _Line(msgspec.Struct):
    message_type: str


def line_of(line: str | bytes) -> Status | Summary | None:
    """Decode a line of `backup --json`; None for other output."""
    try:
        kind = decode_json(line, _Line).message_type
        if kind == "status":
            return decode_json(line, Status)
        if kind == "summary":
            return decode_json(line, Summary)
    except msgspec.MsgspecError:
        pass
    return None


def snapshots_of(answer: bytes, location: str = "") -> list[Snapshot]:
    """Return the snapshots that are backup sets, or were to become one; oldest first per set.

    Args:
        answer: the output of `snapshots --json`.
        location: the repository's location; empty: the environment names it.

    Raises:
        PryvTuiError: `repository`: `answer` is not a list of snapshots.
    """
    remedy = f"See what restic itself says: {typed(location)} snapshots; then try again."
    try:
        # An empty repository answers `null`.
        found = decode_json(answer, list[Snapshot] | None) or []
    except msgspec.MsgspecError as error:
        raise PryvTuiError(
            "repository", f"restic's list of snapshots can't be read: {error}", remedy
        ) from error
    if odd := [one.id for one in found if not one.id.isalnum()]:
        # Each id becomes the name of a folder.
        what = f"restic's list has a snapshot with an impossible id: {odd[0]!r}"
        raise PryvTuiError("repository", what, remedy)
    ours = [snapshot for snapshot in found if snapshot.set_id or snapshot.sending]
    return sorted(ours, key=lambda s: (s.set_id, s.time))


def version_of(answer: str) -> tuple[int, int, int] | None:
    """Return the version in the output of `restic version`; None if there is none."""
    found = _VERSION.search(answer)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def shown(location: str) -> str:
    """Return a repository's location for people. A password in it is left out."""
    return without(location) if location else "the repository of RESTIC_REPOSITORY"


def local_path(location: str) -> str | None:
    """Return the folder of a local repository; None for a remote one."""
    if not location or _REMOTE.match(location):
        return None
    return location.removeprefix("local:")


def check_location(location: str) -> None:
    """Refuse a location with a password, which would get into a run's request, journal or hints.

    Raises:
        PryvTuiError: `usage`.
    """
    if holds_secret(location):
        raise PryvTuiError(
            "usage",
            f"the repository's name seems to contain a password: {shown(location)}",
            "Write the location into a file that only you can read, name that file in"
            f" RESTIC_REPOSITORY_FILE, and give --vault {PREFIX} alone.",
        )


def check_environment(location: str, environment: Mapping[str, str]) -> None:
    """Check that restic will not ask for anything, since nobody would answer.

    Raises:
        PryvTuiError: `repository`.
    """
    for name in (*PASSWORDS, *PLACES, *FILES):
        if not environment.get(name, "-").strip():
            raise PryvTuiError(
                "repository", f"{name} is empty", f"Give it a value, or remove it: unset {name}"
            )
    if not location and not any(environment.get(name) for name in PLACES):
        raise PryvTuiError(
            "repository",
            f"{PREFIX} names no repository, and {' and '.join(PLACES)} are not set",
            f"Name it: --vault {PREFIX}/srv/restic, --vault {PREFIX}sftp:user@host:/srv/restic",
        )
    paths = {name: environment.get(name) or "" for name in FILES}
    if not location:
        paths[PLACES[0]] = local_path(environment.get(PLACES[0]) or "") or ""
    for name, path in paths.items():
        if path and not path.startswith("/"):
            raise PryvTuiError(
                "repository",
                f"{name} is a relative path, {path}: restic is run in another folder",
                f"Write the whole path: export {name}=/…",
            )
    if not any(environment.get(name) for name in PASSWORDS):
        raise PryvTuiError(
            "repository",
            f"the password of {shown(location)} is not known",
            "Name the file that holds the password: export"
            " RESTIC_PASSWORD_FILE=/root/restic-password",
        )


def folder_name(location: str, environment: Mapping[str, str]) -> str:
    """Return a name for a repository's folder on this machine. The name does not reveal the
    location."""
    place = location or environment.get(PLACES[0]) or environment.get(PLACES[1]) or ""
    return hashlib.sha256(place.encode()).hexdigest()[:10]


class Locked(PryvTuiError):
    """Error: another restic has locked the repository, or a killed one left its lock."""


def typed(location: str) -> str:
    """Return the command line to work on a repository by hand; empty location: the environment
    names the repository."""
    return shlex.join(["restic", "-r", location]) if location else "restic"


class Absent(PryvTuiError):
    """Error: there is no repository at this location."""


Act = Literal["read", "sent", "named", "fetched", "checked", "forgotten", "pruned"]


def is_hindered(said: str) -> bool:
    """Whether restic reports a full disk or a broken connection. If so, its words say nothing about
    the repository's data."""
    low = said.lower()
    return FULL in low or any(word in low for word in BROKEN)


def failure(said: str, code: int, location: str, act: Act) -> PryvTuiError:
    """Return the error for a restic that did not exit with 0.

    Args:
        said: restic's stderr.
    """
    where = shown(location)
    lines = [hidden(one_line(line)) for line in said.splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith("Fatal")), lines[-1] if lines else "")
    by_hand = typed(location)
    if "wrong password or no key found" in said:
        return PryvTuiError(
            "repository",
            f"the password is wrong for {where}",
            f"Check what {', '.join(PASSWORDS)} say.",
        )
    if "Is there a repository at the following location?" in said and _absent(said):
        return Absent(
            "repository",
            f"there is no restic repository at {where}",
            f"Make one: {by_hand} init; and keep its password in a place that survives the loss"
            " of this machine.",
        )
    if LOCKED in said:
        by_whom = next((line for line in lines if LOCKED in line), first)
        return Locked(
            "repository",
            f"{where} is locked: {by_whom}",
            # A plain `unlock` keeps young locks, and sends a signal to whatever process has that
            # number.
            f"Another restic is using it, or was killed. If no restic is using it: {by_hand} unlock"
            " --remove-all",
        )
    if FULL in said.lower():
        return PryvTuiError(
            "disk-full",
            f"no space is left at {where}, or on this machine for restic",
            "Free space there, or on this machine, or set a variable to another folder: restic's"
            " cache is in RESTIC_CACHE_DIR (if not set: ~/.cache/restic), its temporary files are"
            " in TMPDIR (if not set: /tmp). Then try again.",
        )
    broken = [line for line in lines if any(word in line.lower() for word in BROKEN)]
    if broken:
        return PryvTuiError(
            "repository",
            f"{where} could not be {act}: {broken[0]}",
            f"See if it can be reached: {by_hand} snapshots; then try again.",
        )
    return PryvTuiError(
        "repository",
        f"{where} could not be {act}: restic ended with {code}"
        + (f", {first}" if first else " and said nothing"),
        f"See what it says by hand: {by_hand} snapshots",
    )


def _absent(said: str) -> bool:
    return any(
        word in said for word in ("no such file", "does not exist", "not exist", "404", "NoSuch")
    )
