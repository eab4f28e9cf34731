"""`recover` where more than one run left something: what was done before is not said not to be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pryv_tui.cli import run as commands
from pryv_tui.cli.base import asking
from pryv_tui.operations.advice import Advice, Option
from pryv_tui.operations.plan import Lack, Plan
from pryv_tui.runs.left import Left
from tests.helpers import copied
from tests.remedies.shell import Said, type_in


def left(run: str, *, advised: bool, repeats: bool = False, turned: bool = False) -> Left:
    first = "Free space at /x." if repeats else ""
    option = Option(choice="finish", command="pryv-tui recover --finish", first=first)
    back = Option(choice="roll-back", command="pryv-tui recover --roll-back")
    return Left(
        run=run, kind="restore", died=True, set_id="", text="", outstanding=(),
        choices={"finish": "Bring it to its end.", "roll-back": "Put it back."}, default="finish",
        advice=Advice(
            run=run, kind="restore", what="It died.", why="", down="",
            options=(option, back, Option(choice="leave")), repeats=repeats, turned=turned,
            advised="finish" if advised else "", because="it failed twice.",
        ),
    )  # fmt: skip


def recover(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: list[Left],
    *words: str,
    typed: str | None = None,
    taken: list[object] | None = None,
    plans: dict[str, Plan] | None = None,
) -> tuple[Said, list[str]]:
    """What is said, and of which runs a recovery was begun.

    Args:
        typed: what somebody answers at a terminal; None: there is none.
        taken: which choices were, filled here.
        plans: what is planned for some of the runs.
    """
    if typed is not None:
        monkeypatch.setattr(asking, "at_terminal", lambda: True)
        monkeypatch.setattr(asking, "_typed", lambda _question: typed)
    folder = copied.new(tmp_path / "p", users=1, attachments=0).folder
    begun: list[str] = []

    def begin(_site: object, one: Left, choice: object, **_said: object) -> SimpleNamespace:
        begun.append(one.run)
        if taken is not None:
            taken.append(choice)
        return SimpleNamespace(id=one.run)

    monkeypatch.setattr(
        commands, "left_behind", lambda *_: [one for one in found if one.run not in begun]
    )
    usual = Plan(kind="recover", roles=(), steps=(), domain="d")
    monkeypatch.setattr(
        commands, "plan_recovery", lambda _site, _here, one, _way: (plans or {}).get(one.run, usual)
    )
    monkeypatch.setattr(commands, "start_recovery", begin)
    monkeypatch.setattr(commands, "follow_to_end", lambda *_, **__: 0)
    return type_in("recover", *words, "--practice", str(folder)), begun


def test_of_the_first_nothing_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, begun = recover(tmp_path, monkeypatch, [left("b", advised=False)])
    assert (said.exit, begun) == (4, [])
    assert "nothing of that was changed" in " ".join(said.err.split())


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_after_another_was_recovered_it_does_not_end_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    said, begun = recover(
        tmp_path, monkeypatch, [left("a", advised=True), left("b", advised=False)], *words
    )
    assert begun == ["a"]
    assert said.exit == 3, "4 says that nothing was changed"
    told = " ".join(said.err.split())
    assert (
        "for what the run b left, and nothing of that was changed" in told
        and "recover --finish" in told
    )


@pytest.mark.parametrize("words", [(), ("--confirm", "d")])
@pytest.mark.parametrize("before", [False, True])
def test_nor_where_the_next_one_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], before: bool
) -> None:
    plan = Plan(kind="undo", roles=(), steps=(), domain="e", lacks=(Lack(host="h", role="core"),))
    found = [*([left("a", advised=True)] if before else []), left("b", advised=True)]
    said, begun = recover(tmp_path, monkeypatch, found, *words, plans={"b": plan})
    assert begun == ["a"] * before
    assert said.exit == (3 if before else 4)
    told = " ".join(said.err.split())
    assert "; nothing that the run b left was changed" in told
    assert "; nothing was changed" not in told


def test_what_has_failed_twice_alike_is_not_begun_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = left("b", advised=True, repeats=True)
    for words in ((), ("--json",)):
        said, begun = recover(tmp_path / str(len(words)), monkeypatch, [one], *words)
        assert (said.exit, begun) == (4, [])
        told = " ".join(said.err.split())
        assert "Free space at /x" in told
        assert "recover --finish; or: pryv-tui" in told and told.endswith("recover --roll-back")
    other = left("b", advised=True, turned=True)
    said, begun = recover(tmp_path / "turned", monkeypatch, [other], "--json")
    assert (said.exit, begun) == (4, []), "nor what nobody has asked for"
    said, begun = recover(tmp_path / "chosen", monkeypatch, [one], "--finish")
    assert (said.exit, begun) == (0, ["b"]), "who says which has it"


@pytest.mark.parametrize(
    ("typed", "words", "expected"),
    [
        ("", (), 4),
        ("y", (), 4),
        ("recover", (), 4),
        ("finish", (), "finish"),
        ("roll-back", (), "roll-back"),
        ("", ("--roll-back",), "roll-back"),
        ("", ("--json",), None),
    ],
)
def test_at_a_terminal_it_asks_before_it_begins(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    words: tuple[str, ...],
    expected: object,
) -> None:
    """Whoever types the command that a message names may want to see what it offers."""
    taken: list[object] = []
    one = left("b", advised=True)
    said, begun = recover(tmp_path, monkeypatch, [one], *words, typed=typed, taken=taken)
    if expected == 4:
        assert (said.exit, begun) == (4, [])
        assert "nothing of that was changed" in " ".join(said.err.split())
        assert "pryv-tui recover --roll-back" in said.out.replace(f" --practice {tmp_path}/p", "")
        return
    assert (said.exit, taken) == (0, [expected])
