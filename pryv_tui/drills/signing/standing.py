"""Which records are what was written: asked by whoever goes by what a record says.

`drill verify` tells each thing that is wrong, and `drill report` goes by the same. Here it is one
answer a drill: a record that was edited counts as no drill, however it says that it ended.
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
    """A drill whose record is not what was written."""

    drill: str
    why: str
    gone: bool = False
    """The record was written, and is not there."""

    @property
    def words(self) -> str:
        """What is so of it, in sentences."""
        if self.gone:
            return (
                f"The record of the drill {self.drill} was written, and is gone: what became of"
                " that drill is not known."
            )
        return (
            f"The record of the drill {self.drill} was edited, or damaged, since it was written:"
            f" {self.why}. It counts as no drill."
        )

    @property
    def way(self) -> str:
        named = "" if self.gone else f" {self.drill}"
        return (
            "Put it back from a copy of the state folder; each file is named by: pryv-tui drill"
            f" verify{named}. Without a copy hold another drill: pryv-tui drill run"
        )

    @property
    def problem(self) -> PryvTuiError:
        """Why nothing is said of it but that."""
        what = self.words.rstrip(".").replace(". It counts", ", and it counts")
        return PryvTuiError("check-failed", what[0].lower() + what[1:], self.way)


class Standing:
    """What is known of the records of a state folder as they lie there now.

    Hashes are compared at once; whether a signature is good is asked of a drill when it is needed.

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
            # A later record tells of the one before it, unless it is edited itself.
            if _counts(line) and line.about.strip("-") and line.drill not in self._wrong:
                self._wrong.setdefault(line.about, f"by {line.drill}, {line.text}")
        self._drills = drills

    @property
    def odd(self) -> list[Odd]:
        """Those of which the hashes tell it, by their ids."""
        found = []
        for drill, why in sorted(self._wrong.items()):
            gone = not (self._drills / drill / RECORD).exists()
            # One that can't be read is told as that.
            if gone or drill in self._filed:
                found.append(Odd(drill, why, gone=gone))
        return found

    def why(self, drill: str) -> str:
        """What is wrong with a drill's record, signatures and journals; empty where nothing is
        known to be."""
        if drill in self._wrong or drill not in self._filed:
            return self._wrong.get(drill, "")
        try:
            lines = list(check_one(self._filed[drill], self._filed, verifier=_remembered))
        except PryvTuiError:
            return ""  # without ssh-keygen nobody can ask; `drill verify` says so
        return _by_drill(lines).get(drill, "")


def wrong_with(state: Path, drill: str) -> list[Line]:
    """Each thing that is wrong with a drill's own record, or with what stands beside it.

    What it tells of another's is that one's: whoever held this drill since the other was edited
    has held it all the same.

    Raises:
        PryvTuiError: what `check_all` raises.
    """
    own = [
        line
        for line in check_all(state, drill)
        if line.level == "failed" and line.drill == drill and not line.about
    ]
    # What a later record says of it may be all that tells it.
    why = Standing(state).why(drill)
    if why and why not in [line.text for line in own]:
        own.append(Line("failed", drill, why))
    return own


def as_it_stands(state: Path, folder: Path) -> tuple[Signatures, list[str]]:
    """What is on file of a drill's signatures, and each thing that is wrong with its record.

    Raises:
        PryvTuiError: what `check_all` raises.
    """
    wrong = [line.text for line in wrong_with(state, folder.name)]
    return signatures_of(folder)._replace(wrong="; ".join(wrong)), wrong


def _counts(line: Line) -> bool:
    return line.level == "failed" and not line.unfinished and not line.page


def _by_drill(lines: Iterable[Line]) -> dict[str, str]:
    """What is wrong first, by the drill whose own record it is about."""
    found: dict[str, str] = {}
    for line in lines:
        if _counts(line) and not line.about:
            found.setdefault(line.drill, line.text)
    return found


def _taken_for_good(*_asked: object) -> str:
    return ""


_ANSWERS: dict[bytes, str] = {}
"""What ssh-keygen said, by all that it was asked: a screen looks again and again."""
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
