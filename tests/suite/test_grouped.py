"""Tests that share what their file makes once stay together."""

from __future__ import annotations

import pytest

from tests.suite import second_look
from tests.suite.grouped import GROUP


@pytest.fixture(scope="module")
def made_once() -> list[int]:
    return []


@pytest.fixture
def of_it(made_once: list[int]) -> list[int]:
    return made_once


@pytest.mark.parametrize("number", [1, 2])
def test_who_uses_it_by_another_one_too(
    of_it: list[int], number: int, request: pytest.FixtureRequest
) -> None:
    group = request.node.get_closest_marker(GROUP)
    assert group is not None and group.args == ("tests-suite-test_grouped",)
    assert not second_look.GROUP.sub("", f"@{group.args[0]}"), "known as one there"


def test_who_shares_nothing_goes_anywhere(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker(GROUP) is None


@pytest.mark.xdist_group("of its own")
def test_a_group_that_was_given_stays(made_once: list[int], request: pytest.FixtureRequest) -> None:
    assert [mark.args for mark in request.node.iter_markers(GROUP)] == [("of its own",)]
