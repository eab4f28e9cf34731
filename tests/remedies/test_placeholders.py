"""What is advised can be pasted: a word in capitals stands in it only where nobody who prints it
could know what belongs there."""

from __future__ import annotations

import re

import pytest

from tests.helpers.parsed import searches
from tests.remedies.collect import commands, remedies
from tests.remedies.table.placeholders import PLACEHOLDERS

pytestmark = searches

_CAPITALS = re.compile(r"(?<![\w…$/.-])[A-Z][A-Z-]+(?![\w/.(]*[a-z_])\b(?!_)")
_CALL = re.compile(r"[\w.]+\(")
_NAMES = {"TLS", "NFS", "PATH", "TMPDIR", "SAVE", "BEFORE", "JSON", "HTTP", "REMOVED"}
"""What is called so, and stands for nothing else."""


def placeholders(words: str) -> set[str]:
    """The words of a text that stand for something that the reader has to fill in."""
    return set(_CAPITALS.findall(words)) - _NAMES


def _left(words: str) -> set[str]:
    """Those that no line of the table accounts for."""
    if _CALL.match(words):
        return set()  # what it makes is found where it is made
    for part in PLACEHOLDERS:
        words = words.replace(part, "")
    return placeholders(words)


def test_what_is_known_is_filled_in() -> None:
    advised = {**remedies(), **commands()}
    found = {words: module for words, module in advised.items() if _left(words)}
    assert not found, "fill it in; or say in tests/remedies/table/placeholders.py why nobody can"


def test_each_that_is_accounted_for_is_advised_and_its_reason_said() -> None:
    told = [*remedies(), *commands()]
    assert [part for part in PLACEHOLDERS if not any(part in words for words in told)] == []
    assert all(placeholders(part) and len(why.split()) > 3 for part, why in PLACEHOLDERS.items())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("If nobody can: pryv-tui unpin SET", {"SET"}),
        ("pryv-tui restore ID --confirm DOMAIN", {"ID", "DOMAIN"}),
        ("--dump influxdb=FOLDER", {"FOLDER"}),
        ("rm -- 'NAME'", {"NAME"}),
        ("Name the platform: --domain NAME.", {"NAME"}),
        ("TLS of Docker takes DOCKER_TLS_VERIFY", set()),
        ("pryv-tui accept …", set()),
    ],
)
def test_a_placeholder_is_found(words: str, found: set[str]) -> None:
    assert placeholders(words) == found
