"""Each input that the fuzzer keeps, and what lies near it, through the parser that it is of."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.__main__ import CORPUS, KEPT_FILES, LONGEST
from tests.fuzz.targets import TARGETS, Target, try_one

NEAR = 40
"""So many changed inputs beside each kept one."""


def near(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """Inputs near one: cut off, with a byte that is another one, with a piece twice or away."""
    yield content
    yield content + content
    for _ in range(NEAR if content else 0):
        at = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                yield content[:at]
            case 1:
                yield content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
            case 2:
                yield content[:at] + content[at + chance.randrange(1, 9) :]
            case _:
                yield content[: at + 8] + content[at:]


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_the_errors_that_are_promised(name: str, tmp_path: Path) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert kept, "each parser has an input that it understands"
    chance = random.Random(name)
    for path in kept:
        for content in near(path.read_bytes(), chance):
            try:
                try_one(name, content, tmp_path / "files")
            except Exception as error:
                raise AssertionError(f"{path.name}: {content!r}") from error


def test_a_parser_that_promises_nothing_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(content: bytes, _folder: Path) -> None:
        raise KeyError(content)

    monkeypatch.setitem(TARGETS, "lzf", Target(breaks, (ValueError,)))
    with pytest.raises(KeyError):
        try_one("lzf", b"", tmp_path / "files")


def test_the_corpus_is_small_and_of_parsers_that_there_are() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    for folder in CORPUS.iterdir():
        files = list(folder.iterdir())
        assert len(files) <= KEPT_FILES + 4, folder
        for path in files:
            assert path.stat().st_size <= LONGEST, path
