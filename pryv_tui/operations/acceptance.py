"""Warnings that a person has accepted: they are notes from then on, until their facts change.

A warning is identified by its subject (`key`) and its facts (`about`, see `fingerprint`), never by
its words. Each acceptance is a line of `accepted.jsonl` in the state folder, with who and when. The
file is only ever appended to: it is its own journal.
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
"""First part of the key by which a person accepts a set, by its id, that looks like another
platform's."""

ACCESS = "access"
"""First part of the key by which a person accepts, for one host, that a vault does not keep access
lists or groups."""

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
    """The text of the warning then."""
    why: str = ""
    """The reason that the person gave, or that the program saw for a withdrawal; empty if none."""
    by: str = ""
    """The person's name."""
    who: Who | None = None
    """The person, with how that is known; None in older lines."""

    @property
    def words(self) -> str:
        """Who accepted it and when, in words for people."""
        why = f": {self.why}" if self.why else ""
        return f"accepted by {self.by} on {self.time[:10]}{why}"


class Acceptable(msgspec.Struct, frozen=True, kw_only=True):
    """A current warning that a person may accept."""

    key: str
    about: str
    text: str
    remedy: str = ""
    """What else could be done about the warning."""


def key_of(*parts: str) -> str:
    """Join the parts to a key that needs no quoting in a shell."""
    return "/".join(_UNFIT.sub("-", part) for part in parts)


def fingerprint(*facts: str) -> str:
    """A short hash of the facts: it changes if any of them changes."""
    text = "\0".join(facts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def accept_command(key: str, *, back: bool = False) -> str:
    """The command that accepts a warning; with `back`, the one that withdraws the acceptance."""
    return f"pryv-tui accept {'--withdraw ' if back else ''}{shlex.quote(key)}"


def or_accept(remedy: str, key: str) -> str:
    """Add to a remedy the command that accepts the warning."""
    command = accept_command(key)
    if not remedy or remedy.endswith((".", "!", "?")):
        return f"{remedy} If this is intended: {command}".lstrip()
    # The remedy ends with a command: a reader has to see where that ends.
    return f"{remedy}; or, if this is intended: {command}"


class Accepted:
    """The acceptances that count now: the last line of each key."""

    def __init__(self, lines: Mapping[str, Acceptance], unread: str = "") -> None:
        self._lines = dict(lines)
        self.unread = unread
        """Why the file, or a line of it, could not be read; empty where all of it was."""

    def of(self, key: str, about: str) -> Acceptance | None:
        """The acceptance of a warning; None where it was not accepted, or has changed since."""
        found = self._lines.get(key)
        return found if key and found is not None and found.about == about else None

    def known(self) -> list[Acceptance]:
        """All acceptances, sorted by key."""
        return [self._lines[key] for key in sorted(self._lines)]


NOTHING = Accepted({})


def read_accepted(state: Path) -> Accepted:
    """Read the acceptances. What can't be read does not count, so that warnings stay.

    A last line without a line feed was not written completely, and is ignored.
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
        by: the person; None: whoever started this process.

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
            f"What does: {', '.join(known)}" if known else "Nothing counts as accepted here now.",
        )


def withdraw(state: Path, key: str, *, why: str = "") -> Acceptance:
    """Record that an acceptance no longer counts.

    Args:
        why: what the program saw that ended the acceptance; empty if a person withdraws it.

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
            # Appending a line is atomic without the lock. The lock only keeps two processes from
            # both ending the same torn line. Some file servers have no locks: go on without.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            # A torn line may lack only its line feed. Nobody was told that it counts, so make it
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
    """What counts now, after a line could not be written safely. The whole line may be in the file
    and still be lost in a power failure."""
    found = next((one for one in read_accepted(state).known() if one.key == line.key), None)
    lasts = "but that may not have reached the disk"
    if line.event == "withdrawn":
        stays = found is not None
        return f"{line.key} " + ("stays accepted" if stays else f"is no longer accepted, {lasts}")
    counts = found is not None and (found.time, found.about) == (line.time, line.about)
    return f"{line.key} " + (f"counts as accepted, {lasts}" if counts else "was not accepted")
