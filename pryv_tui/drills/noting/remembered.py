"""By which words a name is known again when the set that had it is gone: salted hashes of the names
of a drill's accounts, made as its record is written.

Sets are removed by rule, mostly long before what a debrief found is mended: what somebody writes
about that can be compared all the same. The hashes tell no name to whoever has none to try.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

import msgspec

from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.drills.files import LARGEST, WORDS
from pryv_tui.drills.privacy import Names
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.incidents.files import not_written
from pryv_tui.ownership import make_private

_BYTES = 16


class Remembered(msgspec.Struct, frozen=True):
    """The names that a drill's set had, as hashes."""

    salt: str
    hashes: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and _hash(self.salt, word) in self.hashes


def names_file(state: Path, drill: str) -> Path:
    """Where they lie, 0600, beside what was typed."""
    return state / WORDS / f"{drill}.names.json"


def remember(state: Path, drill: str, names: Names) -> None:
    """Keep names as hashes; none where one of them is no single word, as no account of Pryv's is:
    it would not be found again by its hash.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`.
    """
    if names.odd:
        return
    salt = secrets.token_hex(_BYTES)
    made = Remembered(salt, frozenset(_hash(salt, word) for word in names.single))
    place = names_file(state, drill)
    try:
        make_private(place.parent)
        write_durably(place, msgspec.json.encode(made))
    except OSError as error:
        said = "the names of the set's accounts were not kept as hashes"
        raise not_written(state, error, WORDS, said) from error


def remembered(state: Path, drill: str) -> Remembered | None:
    """The names of a drill's set; None where none are kept, or they can't be read."""
    try:
        return read_json(names_file(state, drill), Remembered, limit=LARGEST)
    except (OSError, Undecodable):
        return None


def _hash(salt: str, word: str) -> str:
    return hashlib.sha256(f"{salt}/{word}".encode()).hexdigest()[: 2 * _BYTES]
