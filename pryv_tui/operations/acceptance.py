"""Accepted warnings: a warning that a person accepts becomes a note, until its facts change.

A warning is identified by its subject (`key`) and its facts (`about`, see `fingerprint`), never by
its words. Each acceptance is a line of `accepted.jsonl` in the state folder, with who and when.
Lines are only ever appended to this file, so it is its own journal.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import sync_folder
from pryv_tui.filesystem.paths import is_full
from pryv_tui.ownership import make_private
from pryv_tui.reading import read_whole
from pryv_tui.sanitize import one_line
from pryv_tui.who import Who, who_is_here

NAME = "accepted.jsonl"
WHOSE = "whose"
"""First part of the key for accepting a set, by its id, that looks like another platform's."""

ACCESS = "access"
"""First part of the key for accepting that a vault loses access lists or groups of a host's
files."""

_UNFIT = re.compile(r"[^\w.:/@+-]+")


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file: a warning was accepted, or an acceptance was withdrawn."""

    v: int = 1
    time: str
    """RFC 3339 UTC."""
    event: Literal["accepted", "withdrawn"]
    key: str
    about: str = ""
    text: str = ""
    """The text of the warning at that time."""
    why: str = ""
    """The reason that the person gave, or the cause of a withdrawal by the program; else empty."""
    by: str = ""
    """The person's name."""
    who: Who | None = None
    """The person, and how their name is known; None in older lines."""

    @property
    def words(self) -> str:
        """By whom and when the warning was accepted, in words."""
        why = f": {self.why}" if self.why else ""
        return f"accepted by {self.by} on {self.time[:10]}{why}"


class Acceptable(msgspec.Struct, frozen=True, kw_only=True):
    """A current warning that a person may accept."""

    key: str
    about: str
    text: str
    remedy: str = ""
    """Another way to deal with the warning."""


def key_of(*parts: str) -> str:
    """Join the parts to a key that can be typed in a shell without quotes."""
    return "/".join(_UNFIT.sub("-", part) for part in parts)


def fingerprint(*facts: str) -> str:
    """A short hash of the facts: it changes if any of them changes."""
    text = "\0".join(facts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def accept_command(key: str, *, back: bool = False) -> str:
    """The command that accepts a warning, or that withdraws the acceptance.

    Args:
        back: whether to withdraw it.
    """
    return f"pryv-tui accept {'--withdraw ' if back else ''}{shlex.quote(key)}"


def or_accept(remedy: str, key: str) -> str:
    """Add the command that accepts a warning to the warning's remedy."""
    command = accept_command(key)
    if not remedy or remedy.endswith((".", "!", "?")):
        return f"{remedy} If this is intended: {command}".lstrip()
    # The remedy ends with a command: the reader must see where that command ends.
    return f"{remedy}; or, if this is intended: {command}"


class Accepted:
    """The acceptances that are valid now: for each key the last line decides."""

    def __init__(self, lines: Mapping[str, Acceptance], unread: str = "") -> None:
        self._lines = dict(lines)
        self.unread = unread
        """Why the file, or a line in it, could not be read; empty if all of it was read."""

    def of(self, key: str, about: str) -> Acceptance | None:
        """The acceptance of a warning; None if it was not accepted, or if its facts have
        changed."""
        found = self._lines.get(key)
        return found if key and found is not None and found.about == about else None

    def known(self) -> list[Acceptance]:
        """All acceptances, sorted by key."""
        return [self._lines[key] for key in sorted(self._lines)]


NOTHING = Accepted({})


def read_accepted(state: Path) -> Accepted:
    """Read the acceptances. A line that can't be read is ignored, so that its warning stays.

    A last line without a line feed was not written completely, and is ignored too.
    """
    try:
        content = read_whole(state / NAME, follow=False)
    except FileNotFoundError:
        return NOTHING
    except OSError as error:
        return Accepted({}, error.strerror or str(error))
    unread = ""
    last: dict[str, Acceptance] = {}
    for line in content.split(b"\n")[:-1]:
        try:
            found = decode_json(line, Acceptance)
        except Undecodable:
            unread = "it has lines that this program does not understand"
            continue
        if found.event == "withdrawn":
            last.pop(found.key, None)
        else:
            words = msgspec.structs.replace(
                found, by=one_line(found.by), text=one_line(found.text), why=one_line(found.why)
            )
            last[found.key] = words
    return Accepted(last, unread)


def accept(state: Path, what: Acceptable, *, why: str = "", by: Who | None = None) -> Acceptance:
    """Record that a person has accepted a warning as it is now.

    Args:
        by: the person; None: the user who started this process.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`, the state folder can't be written.
    """
    person = by or who_is_here()
    made = Acceptance(
        time=timestamp(),
        event="accepted",
        key=what.key,
        about=what.about,
        text=what.text,
        why=one_line(why),
        by=person.name,
        who=person,
    )
    _append(state, made)
    return made


def need_accepted(state: Path, keys: Sequence[str]) -> None:
    """Refuse keys that have no acceptance.

    Raises:
        PryvTuiError: `usage`, a key is not accepted.
    """
    accepted = read_accepted(state)
    known = [one.key for one in accepted.known()]
    strange = [key for key in keys if key not in known]
    if strange:
        raise PryvTuiError(
            "usage",
            f"nothing called {strange[0]!r} is accepted here"
            + (f"; {state / NAME} was not read in full: {accepted.unread}" * bool(accepted.unread)),
            f"Accepted now: {', '.join(known)}" if known else "Nothing is accepted here now.",
        )


def withdraw(state: Path, key: str, *, why: str = "") -> Acceptance:
    """Record that an acceptance is no longer valid.

    Args:
        why: the fact that made the program end the acceptance; empty if a person withdraws it.

    Raises:
        PryvTuiError: `usage`, the key is not accepted; `step-failed`, `disk-full`, the state folder
            can't be written.
    """
    need_accepted(state, (key,))
    person = who_is_here()
    made = Acceptance(
        time=timestamp(),
        event="withdrawn",
        key=key,
        why=why,
        by=person.name,
        who=person,
    )
    _append(state, made)
    return made


def _append(state: Path, line: Acceptance) -> None:
    try:
        make_private(state)
        path = state / NAME
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            # Appending a line is atomic without the lock. The lock only prevents two processes from
            # completing the same torn line. Some file servers have no locks: then there is none.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            # A torn line may lack only its line feed. Nobody was told that it is valid, so make it
            # invalid.
            content = (b"?\n" if torn else b"") + msgspec.json.encode(line) + b"\n"
            if os.write(descriptor, content) != len(content):
                raise OSError(28, "No space left on device")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(state)
    except OSError as error:
        name = "disk-full" if is_full(error) else "step-failed"
        raise PryvTuiError(
            name,
            f"{state / NAME} can't be written: {error.strerror or error}. {_stands(state, line)}",
            "Correct the state folder's owner or free space there, or name another with --state.",
        ) from error


def _stands(state: Path, line: Acceptance) -> str:
    """A sentence that says whether an acceptance is valid now, after its line could not be written.

    The whole line may be in the file and still be lost in a power failure.
    """
    found = next((one for one in read_accepted(state).known() if one.key == line.key), None)
    lasts = "but that may not have reached the disk"
    if line.event == "withdrawn":
        stays = found is not None
        return f"{line.key} " + ("stays accepted" if stays else f"is no longer accepted, {lasts}")
    counts = found is not None and (found.time, found.about) == (line.time, line.about)
    return f"{line.key} " + (f"counts as accepted, {lasts}" if counts else "was not accepted")
