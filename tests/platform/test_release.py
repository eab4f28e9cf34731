"""Releases are read from image tags and compared by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.platform.release import (
    facts_of,
    parse_release,
    release_of,
    release_of_image,
    releases_of,
    same_line,
    told_release,
)

numbers = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 99))


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("pryvio/core:1.9.2", "1.9.2"),
        ("eu.gcr.io/pryv-io-standard/pryvio_core:1.6.21", "1.6.21"),
        ("registry.example:5000/pryvio/core:1.8.0", "1.8.0"),
        ("registry.example:5000/pryvio/core", None),
        ("pryvio/core:v1.7", "1.7"),
        ("pryvio/core:1.9.2-rc1", "1.9.2"),
        ("pryvio/core:1.9.2@sha256:0123", "1.9.2"),
        ("pryvio/core:latest", None),
        ("pryvio/core", None),
        ("core@sha256:0123", None),
    ],
)
def test_the_release_in_an_image_tag(image: str, release: str | None) -> None:
    assert release_of_image(image) == release


MIXED = [
    ("core", "core:1.6.23"),
    ("register", "register:1.6.21"),
    ("hfs", "hfs:1.6.21"),
    ("mongodb", "mongodb:1.6.21"),
    ("redis", "redis:5.0.1"),
    ("nginx", "nginx:1.20.1"),
]


def test_core_s_own_tag_speaks_before_most_others() -> None:
    assert release_of(MIXED) == "1.6.23"
    told = told_release(release_of(MIXED), releases_of(MIXED))
    assert told == "1.6.23 (1.6.21: register, hfs, mongodb)"


@pytest.mark.parametrize(
    ("images", "release"),
    [
        (MIXED[1:], "1.6.21"),
        ([("core", "core:latest"), *MIXED[1:]], "1.6.21"),
        ([("hfs", "hfs:1.9.2"), ("webhooks", "w:1.9.2"), ("mongodb", "m:1.9.0")], "1.9.2"),
        ([("redis", "redis:5.0.1")], None),
        ([], None),
    ],
)
def test_where_core_says_nothing_others_are_asked(
    images: list[tuple[str, str]], release: str | None
) -> None:
    assert release_of(images) == release


@pytest.mark.parametrize(
    ("release", "told", "words"),
    [
        ("1.9.2", {"core": "1.9.2", "hfs": "1.9.2"}, "1.9.2"),
        (None, {}, "unknown"),
        ("1.9.2", {"hfs": "1.9.1", "dns": "1.8.0"}, "1.9.2 (1.8.0: dns; 1.9.1: hfs)"),
    ],
)
def test_what_says_another_release_is_named(
    release: str | None, told: dict[str, str], words: str
) -> None:
    assert told_release(release, told) == words


@given(numbers)
def test_a_release_written_is_a_release_read(release: tuple[int, int, int]) -> None:
    assert parse_release("{}.{}.{}".format(*release)) == release


@given(numbers, numbers)
def test_the_same_line_is_major_and_minor(a: tuple[int, int, int], b: tuple[int, int, int]) -> None:
    left, right = "{}.{}.{}".format(*a), "{}.{}.{}".format(*b)
    assert same_line(left, right) == (a[:2] == b[:2])
    assert not same_line(left, None)


@pytest.mark.parametrize(
    ("release", "mongodb", "sqlite", "register_first"),
    [
        ("1.6.16", "4.2", False, False),
        ("1.7.14", "4.2", False, False),
        ("1.8.1", "4.2", True, True),
        ("1.9.2", "6.0", True, True),
    ],
)
def test_what_each_release_changed(
    release: str, mongodb: str, sqlite: bool, register_first: bool
) -> None:
    facts = facts_of(release)
    assert facts is not None
    assert (facts.mongodb, facts.accounts_in_sqlite, facts.register_first) == (
        mongodb,
        sqlite,
        register_first,
    )


@pytest.mark.parametrize("release", [None, "", "latest", "1.5.3"])
def test_nothing_is_said_of_a_release_that_is_not_known(release: str | None) -> None:
    assert facts_of(release) is None
