"""Register knows the accounts of every core; those that are elsewhere are told apart."""

from __future__ import annotations

from pryv_tui.operations.audit.other_cores import NONE, UNTOLD, Cores, sample, told_apart

ONE, TWO = "co1.a.b", "co2.a.b"


def test_what_most_accounts_of_a_core_have_is_its_own() -> None:
    servers = {"a": ONE, "b": ONE, "c": TWO, "x": TWO, "y": TWO, "new": ONE}
    found = told_apart([{"a", "b", "c"}], servers)
    assert found == Cores({"x": TWO, "y": TWO})
    assert found.told(["x", "new"]) == "1 account (x) is on another core (co2.a.b): not asked"
    assert found.told(["new"]) == ""


def test_two_cores_that_are_both_here_have_nothing_elsewhere() -> None:
    servers = {"a": ONE, "x": TWO, "new": ONE, "newer": TWO}
    assert told_apart([{"a"}, {"x"}], servers) == NONE
    # One of them has no account yet: what is left is its own.
    assert told_apart([{"a"}, set()], servers) == NONE


def test_one_core_that_nothing_is_known_of_has_the_only_name_there_is() -> None:
    assert told_apart([set()], {"x": ONE}) == NONE
    assert told_apart([{"old"}], {}) == NONE


def test_where_nothing_tells_which_is_here_that_is_said() -> None:
    servers = {"a": ONE, "x": TWO}
    assert told_apart([set()], servers) == Cores(why=UNTOLD)
    assert told_apart([{"gone"}], servers).why == UNTOLD
    # Two cores, of which one is known, and two more names: which of them is the other's?
    assert told_apart([{"a"}, set()], {**servers, "z": "co3.a.b"}).why == UNTOLD


def test_an_account_that_moved_here_is_no_longer_elsewhere() -> None:
    servers = {"a": ONE, "b": ONE, "moved": TWO, "x": TWO}
    assert told_apart([{"a", "b", "moved"}], servers).elsewhere == {"x": TWO}


def test_a_sample_is_of_what_both_know_and_no_more_than_is_needed() -> None:
    assert sample({"a", "b"}, {"b", "c"}) == ["b"]
    assert len(sample({str(n) for n in range(900)}, {str(n) for n in range(900)})) == 200
