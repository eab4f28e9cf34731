"""Which roles an undo takes away again, told by what lies where, however far an undo has come."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pryv_tui import own_folder
from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.kinds.undo import Undo
from pryv_tui.operations.plan import Lack, Plan
from pryv_tui.operations.sets.gone_again import gone_again, need_word, undo_command
from pryv_tui.operations.settings.resolve import Settings
from tests.hosts.machines import StillHost
from tests.operations.kit import context

RUN, UNDO = "20260101T000000Z-restore-0000", "20260102T000000Z-undo-0000"
DOMAIN = "a b.example; touch x"


def _file(folder: Path, role: str) -> None:
    (folder / f"pryv/{role}/conf").mkdir(parents=True, exist_ok=True)
    (folder / f"pryv/{role}/conf/settings.yml").write_text("x")


@pytest.mark.parametrize(
    ("state", "in_root", "former", "taken", "gone"),
    [
        ("", ["core", "register"], ["register"], [], ["core"]),
        ("", ["core", "register"], ["core", "register"], [], []),
        # Nothing of it was brought back yet: nothing goes.
        ("", ["register"], ["register"], [], []),
        # All of it is the former content, on its way aside.
        (".moving", ["register"], [], ["core"], []),
        # An undo died: what the restore had put there lies in its folder.
        (".returning", [], ["register"], ["core", "register"], ["core"]),
        (".returning", ["core"], ["register"], ["core", "register"], []),
        (".returning", [], ["register"], ["register"], []),
        # It died on another machine: this one is done.
        (None, ["register"], [], ["core", "register"], ["core"]),
        (None, ["core", "register"], [], ["core", "register"], []),
    ],
)
def test_what_an_undo_takes_away(
    tmp_path: Path,
    state: str | None,
    in_root: list[str],
    former: list[str],
    taken: list[str],
    gone: list[str],
) -> None:
    aside = own_folder.aside(tmp_path, RUN)
    for role in in_root:
        _file(tmp_path, role)
    if state is not None:
        place = aside.with_name(aside.name + state)
        place.mkdir(parents=True)
        for role in former:
            _file(place, role)
    for role in taken:
        _file(own_folder.undone(tmp_path, UNDO), role)
    assert list(gone_again(tmp_path, aside, ("core", "register"))) == gone


@pytest.mark.parametrize("state", ["", ".returning", None])
def test_static_web_is_told_by_what_it_shares_where_it_is_alone(
    tmp_path: Path, state: str | None
) -> None:
    """It has no folder that no other role has; logs and empty folders of mounts are no files."""
    aside = own_folder.aside(tmp_path, RUN)
    brought = tmp_path if state == "" else own_folder.undone(tmp_path, UNDO)
    former = aside.with_name(aside.name + (state or ""))
    for path in ("pryv/nginx/conf/site.conf", "config-follower/conf/follower.json"):
        (brought / path).parent.mkdir(parents=True)
        (brought / path).write_text("x")
    if state is not None:
        (former / "pryv/nginx/log").mkdir(parents=True)
        (former / "pryv/nginx/log/access.log").write_text("x")
        (former / "config-follower/conf").mkdir(parents=True)
    assert gone_again(tmp_path, aside, ("static-web",)) == ("static-web",)
    # With one of its files back it is there.
    kept = former if state is not None else tmp_path
    (kept / "pryv/nginx/conf").mkdir(parents=True, exist_ok=True)
    (kept / "pryv/nginx/conf/site.conf").write_text("x")
    assert gone_again(tmp_path, aside, ("static-web",)) == ()


def test_its_command_carries_the_word_where_it_needs_one() -> None:
    assert undo_command(RUN, DOMAIN, []) == f"pryv-tui undo {RUN}"
    words = shlex.split(undo_command(RUN, DOMAIN, ["core"]))
    assert words == ["pryv-tui", "undo", RUN, "--confirm", DOMAIN]


@pytest.mark.parametrize("word", ["", "a b.example", "A B.EXAMPLE; TOUCH X"])
def test_whoever_asks_a_run_refuses_it_without_the_word(word: str, tmp_path: Path) -> None:
    """Whoever started it: a script, a screen, or an older program that knew no word."""
    lack = Lack(host="core", role="core")
    plan = Plan(kind="undo", roles=(), steps=(), domain=DOMAIN, lacks=(lack,))
    settings = Settings(vault="", state="")
    with pytest.raises(PryvTuiError) as caught:
        Undo(settings=settings, undone_run=RUN, word=word).allow(plan)
    assert caught.value.exit == Exit.REFUSED
    assert caught.value.what.endswith("; nothing was changed")
    assert undo_command(RUN, DOMAIN, ["core"]) in caught.value.remedy
    with pytest.raises(PryvTuiError) as after:
        need_word(plan, word, "x", kept="of the rest nothing was changed")
    assert "; nothing was changed" not in after.value.what, "something else was"
    Undo(settings=settings, undone_run=RUN, word=DOMAIN).allow(plan)
    nothing = Plan(kind="undo", roles=(), steps=(), domain=DOMAIN)
    Undo(settings=settings, undone_run=RUN).allow(nothing)
    ctx, _heard = context(tmp_path, StillHost("core", []))
    assert Undo.warnings(nothing, ctx) == []
    assert Undo.warnings(plan, ctx) == ["core on core is gone again, as before the restore"]
