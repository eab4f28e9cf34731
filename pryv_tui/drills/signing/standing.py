"""Find the drills whose record was changed, for code that relies on what records say.

`drill verify` and `drill report` name each fault. Here there is one answer per drill: a drill with
an edited record does not count, whatever outcome its record states.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills.files import RECORD, drills_folder
from pryv_tui.drills.signing.checking import (
    Signatures,
    check_all,
    check_one,
    read_all,
    signatures_of,
)
from pryv_tui.drills.signing.order import Line, named_later, numbered_twice, on_the_list
from pryv_tui.drills.signing.ssh import verify
from pryv_tui.drills.signing.unfinished import named_in
from pryv_tui.errors import PryvTuiError
from pryv_tui.reading import read_whole


class Odd(NamedTuple):
    """A drill whose record was changed or is missing."""

    drill: str
    why: str
    gone: bool = False
    """Whether the record was written but is missing now."""

    @property
    def words(self) -> str:
        """The fault of the record, in sentences for the operator."""
        if self.gone:
            return (
                f"The record of the drill {self.drill} was written, but is gone: the result of"
                " that drill is not known."
            )
        return (
            f"The record of the drill {self.drill} was edited, or damaged, since it was written:"
            f" {self.why}. The drill does not count."
        )

    @property
    def way(self) -> str:
        named = "" if self.gone else f" {self.drill}"
        return (
            "Put it back from a copy of the state folder; to see each file: pryv-tui drill"
            f" verify{named}. Without a copy, hold another drill: pryv-tui drill run"
        )

    @property
    def problem(self) -> PryvTuiError:
        """The fault as an error, for callers that report nothing else about the drill."""
        what = self.words.rstrip(".").replace(". The drill does", ", so the drill does")
        return PryvTuiError("check-failed", what[0].lower() + what[1:], self.way)


class Standing:
    """The faults of the records of a state folder, as the records are now.

    Hashes are compared when the object is created; a drill's signatures are verified when `why` is
    called.

    Raises:
        PryvTuiError: `step-failed`, the drills can't be read.
    """

    def __init__(self, state: Path) -> None:
        drills = drills_folder(state)
        lines, self._filed = read_all(state)
        for one in self._filed.values():
            lines += check_one(one, self._filed, verifier=_taken_for_good)
        named = named_in(self._filed.values())
        lines += named_later(drills, self._filed.values(), "")
        lines += on_the_list(drills, "", named)
        lines += numbered_twice(drills, self._filed.values())
        self._wrong = _by_drill(lines)
        for line in lines:
            # A later record can show a fault of the one before it, unless it has a fault itself.
            if _counts(line) and line.about.strip("-") and line.drill not in self._wrong:
                self._wrong.setdefault(line.about, f"by {line.drill}, {line.text}")
        self._drills = drills

    @property
    def odd(self) -> list[Odd]:
        """The drills whose records are changed or missing according to the hashes, sorted by id."""
        found = []
        for drill, why in sorted(self._wrong.items()):
            gone = not (self._drills / drill / RECORD).exists()
            # A record that exists but can't be read is reported as unreadable, not here.
            if gone or drill in self._filed:
                found.append(Odd(drill, why, gone=gone))
        return found

    def why(self, drill: str) -> str:
        """Return what is wrong with a drill's record, signatures and journals; empty if no fault is
        known."""
        if drill in self._wrong or drill not in self._filed:
            return self._wrong.get(drill, "")
        try:
            lines = list(check_one(self._filed[drill], self._filed, verifier=_remembered))
        except PryvTuiError:
            return ""  # Without ssh-keygen, signatures can't be verified; `drill verify` says so.
        return _by_drill(lines).get(drill, "")


def wrong_with(state: Path, drill: str) -> list[Line]:
    """Return each fault of a drill's own record and of the files beside it.

    Faults of another record that this record shows are left out: they say nothing against this
    drill.

    Raises:
        PryvTuiError: what `check_all` raises.
    """
    own = [
        line
        for line in check_all(state, drill)
        if line.level == "failed" and line.drill == drill and not line.about
    ]
    # A fault may be visible only in a later record.
    why = Standing(state).why(drill)
    if why and why not in [line.text for line in own]:
        own.append(Line("failed", drill, why))
    return own


def as_it_stands(state: Path, folder: Path) -> tuple[Signatures, list[str]]:
    """Return a drill's signatures, and each fault of its record.

    Raises:
        PryvTuiError: what `check_all` raises.
    """
    wrong = [line.text for line in wrong_with(state, folder.name)]
    return signatures_of(folder)._replace(wrong="; ".join(wrong)), wrong


def _counts(line: Line) -> bool:
    return line.level == "failed" and not line.unfinished and not line.page


def _by_drill(lines: Iterable[Line]) -> dict[str, str]:
    """Return the first fault of each drill's own record, by drill. Faults of pages don't count."""
    found: dict[str, str] = {}
    for line in lines:
        if _counts(line) and not line.about:
            found.setdefault(line.drill, line.text)
    return found


def _taken_for_good(*_asked: object) -> str:
    return ""


_ANSWERS: dict[bytes, str] = {}
"""Answers of ssh-keygen by the hash of its input, since a screen asks the same often."""
_KEPT = 4096


def _remembered(
    content: bytes, signature: Path, signers: Path, identity: str, namespace: str
) -> str:
    parts = (
        content,
        read_whole(signature),
        read_whole(signers),
        f"{identity} {namespace}".encode(),
    )
    key = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in parts)).digest()
    if key not in _ANSWERS:
        if len(_ANSWERS) >= _KEPT:
            _ANSWERS.clear()
        _ANSWERS[key] = verify(content, signature, signers, identity=identity, namespace=namespace)
    return _ANSWERS[key]
