"""What a restore would make of accounts, told before it is done: the arithmetic alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pryv_tui.operations.comparing.alone import had_alone
from pryv_tui.operations.comparing.amounts import (
    Amount,
    of_names,
    of_number,
    together,
    unknown,
    without,
)
from pryv_tui.operations.comparing.model import (
    Comparison,
    Holding,
    Newer,
    Outcome,
    RoleNow,
    Side,
    accounts_newer,
    judged,
    outcome,
    ticked,
)
from pryv_tui.operations.comparing.words import lines_of, newer_words
from pryv_tui.operations.facts import LiveFound


def core(host: str, accounts: Amount) -> Holding:
    return Holding(host=host, roles=("core",), indexed=accounts)


def had(names: str, **more: object) -> LiveFound:
    """A look at the running platform that found these in core alone."""
    found = LiveFound(
        time="2026-11-29T07:48:00Z",
        domain="a.b",
        counts={"accounts.core_only": len(names)},
        names={"accounts.core_only": list(names)},
    )
    return replace(found, **more)


def register(accounts: Amount, host: str = "reg") -> Holding:
    return Holding(host=host, roles=("register",), registered=accounts)


def side(host: str, now: Holding | None, saved: Holding | None) -> Side:
    return Side(host=host, now=now, saved=saved)


def made(sides: list[Side], *restored: str) -> Outcome:
    return outcome(sides, restored, restored, chosen=True, backwards={})


SET, LATER = ["a", "b"], ["a", "b", "c", "d", "e"]


def test_core_lost_and_restored_alone_strands_what_register_learned_since() -> None:
    sides = [
        side("core", None, core("core", of_names(SET))),
        side("reg", register(of_names(LATER)), register(of_names(SET))),
    ]
    alone, both = made(sides, "core"), made(sides, "core", "reg")
    assert alone.stranded == of_names("cde")
    assert (alone.exposed, alone.gone) == (of_names(()), of_names(()))
    # With register too nothing is stranded, and nobody knows these accounts any more.
    assert (both.stranded, both.exposed) == (of_names(()), of_names(()))
    assert both.gone == of_names("cde")


def test_what_core_alone_had_is_gone_with_it_and_named_as_the_last_look_knew_it() -> None:
    sides = [
        side("core", None, core("core", of_names("ab"))),
        side("reg", register(of_names("ab")), register(of_names("ab"))),
    ]

    def lines(look: LiveFound | None, sides: list[Side] = sides) -> str:
        alone = had_alone(look, "a.b", practice=False)
        found = outcome(sides, ("core",), ("core",), chosen=True, backwards={}, alone=alone)
        return "\n".join(one.text for one in lines_of(Comparison(set_id="s", outcomes=(found,))))

    claim = "No account would be stranded, left open to others, or gone."
    told = lines(had("xyz"))
    assert "No account that register knows would be stranded or gone" in told
    assert "3 accounts (x, y, z) are gone for good" in told and "07:48:00 UTC" in told
    assert claim not in told
    # What the set holds comes back, and what register knows by now is counted there.
    assert "2 accounts (y, z) are gone for good" in lines(had("ayz"))
    nowhere = [None, had("xyz", practice=True), had("xyz", domain="c.d"), had("", counts={})]
    for none in nowhere:
        assert "Accounts that core alone had: not known" in lines(none)
        assert claim not in lines(none)
    assert "core alone had: 0 when" in lines(had("")) and claim not in lines(had(""))
    # Of a set whose names can't be told it is not known which of them it holds.
    dark = [side("core", None, core("core", unknown("torn"))), sides[1]]
    assert "unless the set holds them" in lines(had("xyz"), dark)
    # A core that is there and does not answer is no other thing; one that answers is asked.
    dumb = [side("core", core("core", unknown("no answer")), sides[0].saved), sides[1]]
    assert "core alone had: not known (no answer)" in lines(None, dumb)
    assert claim not in lines(None, dumb)
    well = [side("core", core("core", of_names("ab")), sides[0].saved), sides[1]]
    assert claim in lines(had("xyz"), well)
    # Where register knows one more, that is stranded, and said beside.
    more = [sides[0], side("reg", register(of_names("abq")), register(of_names("ab")))]
    assert "No account that register knows" not in lines(had("xyz"), more)
    assert "1 name (q) stranded" in lines(had("xyz"), more)
    assert "3 accounts (x, y, z) are gone for good" in lines(had("xyz"), more)


def test_register_restored_alone_makes_names_look_free_which_core_knows() -> None:
    sides = [
        side("core", core("core", of_names(LATER)), core("core", of_names(SET))),
        side("reg", register(of_names(LATER)), register(of_names(SET))),
    ]
    alone = made(sides, "reg")
    assert alone.exposed == of_names("cde")
    assert (alone.stranded, alone.gone) == (of_names(()), of_names(()))


def test_an_account_deleted_since_comes_back_in_core_alone() -> None:
    sides = [
        side("core", core("core", of_names("a")), core("core", of_names("ab"))),
        side("reg", register(of_names("a")), register(of_names("ab"))),
    ]
    assert made(sides, "core").exposed == of_names("b")
    assert made(sides, "reg").stranded == of_names("b")


def test_one_core_of_two_keeps_what_the_other_has() -> None:
    sides = [
        side("co1", None, core("co1", of_names("a"))),
        side("co2", core("co2", of_names("xyz")), core("co2", of_names("x"))),
        side("reg", register(of_names("abxyz")), register(of_names("ax"))),
    ]
    assert made(sides, "co1").stranded == of_names("b")
    every = made(sides, "co1", "co2", "reg")
    assert every.gone == of_names("byz")
    # The other core can't be asked: what it has may be any of the rest.
    away = [sides[0], side("co2", core("co2", unknown("no answer")), None), sides[2]]
    assert made(away, "co1").stranded == unknown("no answer")


def test_what_can_not_be_asked_is_not_known_and_never_none() -> None:
    down = unknown("Redis does not answer")
    sides = [
        side("core", None, core("core", of_names(SET))),
        side("reg", register(down), register(of_names(SET))),
    ]
    alone, both = made(sides, "core"), made(sides, "core", "reg")
    assert (alone.stranded.number, alone.stranded.why) == (None, down.why)
    assert alone.exposed.number is None
    assert both.stranded == of_names(()), "the set alone tells that"
    assert (both.gone.number, both.gone.why) == (None, down.why)
    # Core still answers: those that it has are gone at least, and there may be more.
    sides[0] = side("core", core("core", of_names("abc")), core("core", of_names(SET)))
    both = made(sides, "core", "reg")
    assert (both.gone.names, both.gone.why) == (("c",), down.why)
    lines = [line.text for line in lines_of(Comparison(set_id="s", outcomes=(both,)))]
    assert (
        "At least 1 account (c; there may be more: Redis does not answer) is gone: neither would"
        " know it."
    ) in lines


def test_a_set_without_core_says_nothing_of_core() -> None:
    sides = [
        side("core", core("core", of_names(LATER)), None),
        side("reg", register(of_names(LATER)), register(of_names(SET))),
    ]
    assert made(sides, "reg").exposed == of_names("cde")
    gone = [side("core", None, None), sides[1]]
    assert made(gone, "reg").exposed.number is None
    assert "core" in made(gone, "reg").exposed.why


def test_numbers_alone_say_how_many_at_least() -> None:
    repository = Amount(number=1, unnamed="in the repository")
    assert without(of_names("abcd"), repository) == of_number(3, "in the repository")
    assert together([repository]) == unknown("in the repository")
    # At least four are there, and of the set's own names none is known: no difference can be told.
    assert without(of_number(4), unknown("torn")) == unknown("torn")
    assert without(of_names("abcd"), of_number(1, "and maybe more")).number is None
    assert without(of_number(2), of_number(5)).number == 0
    assert without(of_number(2), of_number(5)).why, "fewer now is no proof that none is newer"
    assert together([of_names("a"), of_number(3)]).number is None


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (of_names("a"), "1 account: a"),
        (of_names("abcdefgh"), "8 accounts: a, b, c, d, e, f and 2 more"),
        (of_names(()), "0 accounts"),
        (of_number(3, "15 s were over"), "at least 3 accounts (15 s were over)"),
        (unknown("Redis is down"), "accounts: not known (Redis is down)"),
    ],
)
def test_an_amount_in_words(amount: Amount, words: str) -> None:
    assert amount.told("account") == words


def test_what_is_newer_is_told_per_side() -> None:
    both = Holding(host="one", roles=("core", "register"), registered=of_names(LATER),
                   indexed=of_names("abcd"))  # fmt: skip
    saved = Holding(host="one", roles=("core", "register"), registered=of_names(SET),
                    indexed=of_names(SET))  # fmt: skip
    found = accounts_newer(side("one", both, saved), {"core": "t1", "register": "t2"})
    assert [(each.role, each.since, each.amount) for each in found] == [
        ("core", "t1", of_names("cd")),
        ("register", "t2", of_names("cde")),
    ]
    assert accounts_newer(side("one", None, saved), {}) == []


def test_a_role_that_answers_and_holds_nothing_is_damaged() -> None:
    """A server that was started on an empty folder runs as well as any."""
    sides = side("reg", register(of_names(())), register(of_names(SET)))
    (emptied,) = accounts_newer(sides, {})
    (fewer,) = accounts_newer(side("reg", register(of_names("a")), register(of_names(SET))), {})
    (fresh,) = accounts_newer(side("reg", register(of_names("a")), register(of_names(()))), {})
    healthy = RoleNow(role="register", host="reg", condition="healthy")
    (found,) = judged([healthy], [emptied])
    assert found.condition == "damaged"
    assert found.why == ("it answers, but has none of its accounts; the set holds 2",)
    assert judged([found], [emptied]) == (found,), "it is said once"
    # What may have been deleted is named, and is no damage.
    assert judged([healthy], [fewer, fresh]) == (healthy,)
    assert newer_words(fewer) == "0 accounts; 1 account of the set (b) is not there now"
    assert newer_words(fresh) == "1 account: a"
    events = Newer(host="co", role="core", what="events", since="", amount=of_number(0),
                   now=of_number(0), in_set=of_number(124))  # fmt: skip
    core_now = RoleNow(role="core", host="co", condition="damaged", why=("hfs is down",))
    (found,) = judged([core_now], [events])
    assert found.why == ("it answers, but has none of its events; the set holds 124", "hfs is down")
    dark = replace(events, now=unknown("no answer"))
    assert judged([core_now], [dark]) == (core_now,)
    gone = RoleNow(role="core", host="co", condition="gone")
    assert judged([gone], [events]) == (gone,)


def test_none_of_what_could_be_asked_is_not_said_to_be_none() -> None:
    """Register is gone: core alone tells which accounts there are."""
    found = made(
        [
            side("core", core("core", of_names("a")), None),
            side("reg", None, register(of_names("a"))),
        ],
        "reg",
    )
    assert (found.gone.number, found.gone.whole) == (0, False)
    lines = [line.text for line in lines_of(Comparison(set_id="s", outcomes=(found,)))]
    assert "No account is known to be gone (register can't be asked)." in lines
    assert not any("No account would be stranded" in line for line in lines)


def test_only_what_is_gone_is_ticked() -> None:
    def now(role: str, condition: str) -> RoleNow:
        return RoleNow(role=role, host=role, condition=condition)  # type: ignore[arg-type]

    choices = [("core",), ("register", "static-web")]
    gone = [now("core", "gone"), now("register", "healthy"), now("static-web", "damaged")]
    assert ticked(gone, choices) == [True, False]
    assert ticked([now("core", "unknown"), now("register", "damaged")], choices) == [False] * 2
    assert ticked([now("static-web", "gone")], choices) == [False, True]


def test_names_whose_documents_are_not_known_count_for_neither_side() -> None:
    """Core's index names them; whether they can be used is not known: they may be stranded, and a
    name that register lacks may be nobody's."""
    dark = "MongoDB is down"
    doubted = of_names("abx", fewer=dark)
    sides = [
        side("core", core("core", doubted), core("core", of_names("ab"))),
        side("reg", register(of_names("abc")), register(of_names("ab"))),
    ]
    alone = made(sides, "reg")
    assert (alone.stranded.number, alone.stranded.why) == (0, dark)
    assert alone.exposed == of_names("x", fewer=dark)
    # Register alone tells surely that c lives; a and b may be gone too.
    assert (alone.gone.names, alone.gone.why, alone.gone.fewer) == (("c",), dark, "")
    lines = [line.text for line in lines_of(Comparison(set_id="s", outcomes=(alone,)))]
    assert f"No name is known to be stranded ({dark})." in lines
    assert any(
        line.startswith(f"At most 1 name (x; there may be fewer: {dark}) would look free")
        for line in lines
    )
    # The restore has opened it by its end: what is to be done then is said before it begins.
    assert any("starts register" in one and "stop pryvio_register" in one for one in lines)
    assert not any(line.startswith("No account would be stranded") for line in lines)
    # Another core that surely has them takes the doubt away.
    assert together([doubted, of_names("abx")]) == of_names("abx")
    assert together([doubted, of_names("ab")]).fewer == dark
    assert without(of_names("q"), doubted) == of_names("q"), "none of these is in doubt"
    assert without(of_names(()), doubted) == of_names(())
    assert Amount(number=2, why="a", fewer="b").told("name") == "about 2 names (a; b)"
    assert not of_names("a", fewer=dark).whole
    assert of_names((), fewer=dark).none, "of none there are no fewer"
    (newer,) = accounts_newer(side("core", core("core", doubted), core("core", of_names("ab"))), {})
    assert newer_words(newer).startswith(f"at most 1 account: x ({dark})")


ONE, TWO = "co1.a.b", "co2.a.b"


def knows(accounts: str, **servers: str) -> Holding:
    """Register, that says of these accounts on which core they are."""
    placed = {name: host for host, names in servers.items() for name in names}
    return replace(register(of_names(accounts)), servers={n: f"{h}.a.b" for n, h in placed.items()})


def test_both_cores_of_a_cluster_lost_at_once_are_told_together() -> None:
    """Both are here: what either has since is stranded, and nobody is elsewhere."""
    sides = [
        side("one", None, core("one", of_names("ab"))),
        side("two", None, core("two", of_names("xy"))),
        side("reg", knows("abcxyz", co1="abc", co2="xyz"), register(of_names("abxy"))),
    ]
    found = made(sides, "one", "two")
    assert found.stranded == of_names("cz") and found.elsewhere.none
    both = made(sides, "one", "two", "reg")
    assert both.gone == of_names("cz") and both.elsewhere.none


def test_one_core_lost_while_the_other_lives_and_is_asked() -> None:
    sides = [
        side("one", None, core("one", of_names("ab"))),
        side("two", core("two", of_names("xyz")), core("two", of_names("xy"))),
        side("reg", knows("abcxyz", co1="abc", co2="xyz"), register(of_names("abxy"))),
    ]
    found = made(sides, "one")
    assert found.stranded == of_names("c") and found.elsewhere.none


def test_accounts_of_a_core_that_is_not_here_are_neither_stranded_nor_gone() -> None:
    sides = [
        side("one", None, core("one", of_names("ab"))),
        side("reg", knows("abcxyz", co1="abc", co2="xyz"), register(of_names("abx"))),
    ]
    found = made(sides, "one")
    assert found.stranded == of_names("c")
    assert (found.elsewhere, found.hosts) == (of_names("xyz"), (TWO,))
    both = made(sides, "one", "reg")
    assert both.gone == of_names("c") and both.elsewhere == of_names("x")
    # Register would not know them any more, and their core still has their data.
    assert both.exposed.names == ("y", "z") and f"2 on another core ({TWO})" in both.exposed.fewer


def test_which_cores_are_here_can_be_not_known_and_then_nothing_is() -> None:
    sides = [
        side("one", None, core("one", of_names("gone"))),
        side("reg", knows("abx", co1="ab", co2="x"), register(of_names("a"))),
    ]
    found = made(sides, "one")
    assert found.stranded.number is found.gone.number is found.elsewhere.number is None
    assert "none of the accounts known here tells which is which" in found.stranded.why


def test_what_a_restored_register_knows_can_be_a_number_alone() -> None:
    sides = [
        side("one", core("one", of_names("ab")), core("one", of_names("ab"))),
        side("reg", knows("abx", co1="ab", co2="x"), register(Amount(number=2, unnamed="large"))),
    ]
    found = made(sides, "reg")
    assert found.elsewhere.number is None and found.elsewhere.why == "large"
    lines = [line.text for line in lines_of(Comparison(set_id="S", outcomes=(found,)))]
    assert not any("would be stranded, left open to others" in line for line in lines)
