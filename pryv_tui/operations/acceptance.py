"""What a person has accepted as it is: warnings that are notes from then on, until they change.

A warning is known by what it is about (`key`) and by the facts that would make it another one
(`about`, see `fingerprint`), never by its words. Each acceptance is a line of `accepted.jsonl` in
the state folder, who and when, never rewritten: the file is its own journal.
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
"""With its id: what a person accepts a set by that looks like another platform's."""

ACCESS = "access"
"""With a host: what a person accepts that a vault keeps no access lists or groups of."""

_UNFIT = re.compile(r"[^\w.:/@+-]+")


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """One line: something was accepted, or is no longer."""

    v: int = 1
    time: str
    """RFC 3339 UTC."""
    event: Literal["accepted", "withdrawn"]
    key: str
    about: str = ""
    text: str = ""
    """What it said then."""
    why: str = ""
    """What the person said, if anything; of one that ended by itself, why."""
    by: str = ""
    """The person, in a word."""
    who: Who | None = None
    """The same with how that is known; None in older lines."""

    @property
    def words(self) -> str:
        """By whom and when, for people."""
        why = f": {self.why}" if self.why else ""
        return f"accepted by {self.by} on {self.time[:10]}{why}"


class Acceptable(msgspec.Struct, frozen=True, kw_only=True):
    """A warning of now that a person may accept."""

    key: str
    about: str
    text: str
    remedy: str = ""
    """What else could be done about it."""


def key_of(*parts: str) -> str:
    """A key that can be typed in a shell as it is."""
    return "/".join(_UNFIT.sub("-", part) for part in parts)


def fingerprint(*facts: str) -> str:
    """The facts in short: another one where any of them differs."""
    text = "\0".join(facts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def accept_command(key: str, *, back: bool = False) -> str:
    """The command that accepts a warning, or makes it one again."""
    return f"pryv-tui accept {'--withdraw ' if back else ''}{shlex.quote(key)}"


def or_accept(remedy: str, key: str) -> str:
    """A remedy, and how the warning is accepted."""
    command = accept_command(key)
    if not remedy or remedy.endswith((".", "!", "?")):
        return f"{remedy} If it is to be so: {command}".lstrip()
    # It ends with a command: where that ends has to be seen.
    return f"{remedy}; or, if it is to be so: {command}"


class Accepted:
    """What counts as accepted now: of each key the last word."""

    def __init__(self, lines: Mapping[str, Acceptance]) -> None:
        self._lines = dict(lines)

    def of(self, key: str, about: str) -> Acceptance | None:
        """The acceptance of a warning; None where it was not accepted, or has changed since."""
        found = self._lines.get(key)
        return found if key and found is not None and found.about == about else None

    def known(self) -> list[Acceptance]:
        """All of them, by their keys."""
        return [self._lines[key] for key in sorted(self._lines)]


NOTHING = Accepted({})


def read_accepted(state: Path) -> Accepted:
    """What has been accepted; nothing where the file can't be read: warnings stay warnings.

    A last line without its end is torn, and counts for nothing.
    """
    try:
        content = read_whole(state / NAME, follow=False)
    except OSError:
        return NOTHING
    last: dict[str, Acceptance] = {}
    for line in content.split(b"\n")[:-1]:
        try:
            found = decode_json(line, Acceptance)
        except Undecodable:
            continue
        if found.event == "withdrawn":
            last.pop(found.key, None)
        else:
            words = msgspec.structs.replace(
                found, by=one_line(found.by), text=one_line(found.text), why=one_line(found.why)
            )
            last[found.key] = words
    return Accepted(last)


def accept(state: Path, what: Acceptable, *, why: str = "", by: Who | None = None) -> Acceptance:
    """Write down that a person has accepted a warning as it is now.

    Args:
        by: who; whoever began this process.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`, the state folder can't be written.
    """
    person = by or who_is_here()
    made = Acceptance(
        time=timestamp(to="seconds"),
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
    """See that there is an acceptance of each of these.

    Raises:
        PryvTuiError: `usage`, nothing of that key is accepted.
    """
    known = [one.key for one in read_accepted(state).known()]
    strange = [key for key in keys if key not in known]
    if strange:
        raise PryvTuiError(
            "usage",
            f"nothing called {strange[0]!r} has been accepted",
            f"What has: {', '.join(known)}" if known else "Nothing has been accepted here.",
        )


def withdraw(state: Path, key: str, *, why: str = "") -> Acceptance:
    """Write down that an acceptance no longer counts.

    Args:
        why: where the program saw that it is over, what it saw; empty where a person says so.

    Raises:
        PryvTuiError: `usage`, nothing of that key is accepted; `step-failed`, `disk-full`.
    """
    need_accepted(state, (key,))
    person = who_is_here()
    made = Acceptance(
        time=timestamp(to="seconds"),
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
            # Two at once append a line each, whole: the lock only keeps them from ending a torn
            # one both. On a file server without a lock service it goes without.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            # A torn line may lack its end alone: of what nobody was told it must not count later.
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
            "Mend the state folder's owner or free space there, or name another with --state.",
        ) from error


def _stands(state: Path, line: Acceptance) -> str:
    """What is so now of a line that could not be written as it has to be: it may be there in full,
    and go with the machine's memory."""
    found = next((one for one in read_accepted(state).known() if one.key == line.key), None)
    lasts = "but that may not have reached the disk"
    if line.event == "withdrawn":
        stays = found is not None
        return f"{line.key} " + ("stays accepted" if stays else f"is no longer accepted, {lasts}")
    counts = found is not None and (found.time, found.about) == (line.time, line.about)
    return f"{line.key} " + (f"counts as accepted, {lasts}" if counts else "was not accepted")
