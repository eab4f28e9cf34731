"""`recover` where more than one run left something: what was done before is not said not to be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from pryv_tui.cli import run as commands
from pryv_tui.operations.advice import Advice, Option
from pryv_tui.operations.plan import Plan
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import Left
from tests.remedies.shell import Said, type_in


def left(run: str, *, advised: bool) -> Left:
    option = Option(choice="finish", command="pryv-tui recover --finish")
    return Left(
        run=run, kind="restore", died=True, set_id="", text="", outstanding=(),
        choices={"finish": "Bring it to its end."}, default="finish",
        advice=Advice(
            run=run, kind="restore", what="It died.", why="", down="",
            options=(option, Option(choice="leave")),
            advised="finish" if advised else "", because="it failed twice.",
        ),
    )  # fmt: skip


def recover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[Left], *words: str
) -> tuple[Said, list[str]]:
    """What is said, and of which runs a recovery was begun."""
    folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=0).folder
    begun: list[str] = []

    def begin(_site: object, one: Left, _choice: object, **_said: object) -> SimpleNamespace:
        begun.append(one.run)
        return SimpleNamespace(id=one.run)

    monkeypatch.setattr(
        commands, "left_behind", lambda *_: [one for one in found if one.run not in begun]
    )
    monkeypatch.setattr(
        commands, "plan_recovery", lambda *_: Plan(kind="recover", roles=(), steps=(), domain="d")
    )
    monkeypatch.setattr(commands, "start_recovery", begin)
    monkeypatch.setattr(commands, "follow_to_end", lambda *_, **__: 0)
    return type_in("recover", *words, "--practice", str(folder)), begun


def test_of_the_first_nothing_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, begun = recover(tmp_path, monkeypatch, [left("b", advised=False)])
    assert (said.exit, begun) == (4, [])
    assert "of that nothing was changed" in " ".join(said.err.split())


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
    assert "of what the run b left" in told and "recover --finish" in told
