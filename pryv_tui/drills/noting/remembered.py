"""Salted hashes of the account names of a drill's set, kept when its record is written.

Pruning usually removes a set long before the findings of its drill are closed. With the hashes,
texts written later can still be checked for account names. Whoever reads the hashes learns
a name only by guessing it.
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
    """The account names of a drill's set, as salted hashes; `word in remembered` tests a word."""

    salt: str
    hashes: frozenset[str]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and _hash(self.salt, word) in self.hashes


def names_file(state: Path, drill: str) -> Path:
    """The path of a drill's file of hashes (mode 0600), in the folder of the typed texts."""
    return state / WORDS / f"{drill}.names.json"


def remember(state: Path, drill: str, names: Names) -> None:
    """Save account names as hashes. If any name is not a single word of letters, digits and
    hyphens, save none: texts are checked word by word, so its hash would never match. Pryv.io
    has no such names.

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
    """Return the hashed names of a drill's set; None if none were saved, or the file can't be
    read."""
    try:
        return read_json(names_file(state, drill), Remembered, limit=LARGEST)
    except (OSError, Undecodable):
        return None


def _hash(salt: str, word: str) -> str:
    return hashlib.sha256(f"{salt}/{word}".encode()).hexdigest()[: 2 * _BYTES]
