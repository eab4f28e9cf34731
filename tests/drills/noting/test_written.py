"""No name of an account, no address and no secret is in any file of a drill's evidence, whichever
field somebody wrote it into."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.drills.files import folder_of
from pryv_tui.drills.findings import close, note, reminders
from pryv_tui.drills.model import SetOnRecord
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.noting.kept import typed_file
from pryv_tui.drills.noting.under_way import note_into, take_notes
from pryv_tui.drills.noting.written import kept_words
from pryv_tui.drills.playing.drill import begin, close_in
from pryv_tui.drills.privacy import MARKS, Names, clean_text
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.incidents.events import Acted
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import RUN, hold, settings_of
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.noting.going import GOING, Going

CANARY = "zoe-canary wrote zoe@canary.example, token: Zx9canaryQ8w7e6r5t4y"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The set has an account of this name."""

    def names(_backup: object, _found: SetOnRecord) -> tuple[set[str], str]:
        return {"zoe-canary"}, ""

    monkeypatch.setattr(comparing, "accounts_in", names)


def evidence(settings: Settings, drill: str) -> str:
    place = folder_of(Path(settings.state), drill)
    told = "".join(p.read_text("utf-8") for p in sorted(place.rglob("*")) if p.is_file())
    assert "[an account] wrote [an address]" in told
    return told


def with_finding(settings: Settings) -> str:
    made = note(settings, RUN, CANARY, owner="zoe@canary.example", retest=f"as {CANARY}")
    assert "canary" not in "".join([made.text, made.owner, made.retest])
    return RUN


def with_one_closed(settings: Settings) -> str:
    note(settings, RUN, "a thing")
    close(settings, RUN, "a1", CANARY)
    return RUN


def with_one_more_of_a_finding(settings: Settings) -> str:
    note(settings, RUN, "a thing")
    note(settings, RUN, "a1", owner=CANARY)
    return RUN


def with_a_note(settings: Settings) -> str:
    going = Going(settings)
    note_into(settings, take_notes(settings)[0], CANARY)
    going.end()
    return GOING


@pytest.mark.parametrize(
    "wrote", [with_finding, with_one_closed, with_one_more_of_a_finding, with_a_note]
)
@pytest.mark.parametrize("recorded", [False, True])
def test_what_is_written_about_a_drill_of_a_set(
    tmp_path: Path, wrote: Callable[[Settings], str], recorded: bool
) -> None:
    settings = hold(tmp_path)
    if recorded and wrote is not with_a_note:
        close_drill(settings, RUN)
    drill = wrote(settings)
    close_drill(settings, drill)
    assert "canary" not in evidence(settings, drill).lower()
    # As it was typed it is the operator's alone, and no part of the evidence.
    own = typed_file(Path(settings.state), drill)
    assert CANARY in own.read_text("utf-8")
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.parent.stat().st_mode) == 0o700
    assert not own.is_relative_to(Path(settings.state) / "drills")
    assert str(own) in kept_words(settings, drill, MARKS[0])
    assert not kept_words(settings, drill, "a text without any")


def test_what_is_written_into_a_scenario(tmp_path: Path) -> None:
    import msgspec

    write(tmp_path / "own", WORDS_ALONE)
    settings = msgspec.structs.replace(settings_of(tmp_path), scenarios=str(tmp_path / "own"))
    played = begin(settings, "small")
    assert "for you alone" in played.note(CANARY)
    played.finding(CANARY, good=False, owner=CANARY, retest=CANARY)
    played._write([Acted(what="x", outcome="failed", said=["401 token: Zx9canaryQ8w7e6r5t4y"])])
    close_in(settings, played.folder, CANARY)
    told = evidence(settings, played.id)
    assert "canary" not in told.lower()
    # Nobody is asked for it again where nothing was taken out.
    assert played.scenario.name in told and "A small one" in told


def test_names_of_the_newest_set_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = hold(tmp_path)
    monkeypatch.setattr(comparing, "accounts_in", lambda *_: ({"somebody"}, ""))
    monkeypatch.setattr(comparing, "_newest", lambda *_: ({"zoe-canary"}, ""))
    assert note(settings, RUN, "zoe-canary forgot it").text == "[an account] forgot it"


def test_what_an_older_program_wrote_is_not_printed(tmp_path: Path) -> None:
    from pryv_tui.drills import files
    from pryv_tui.incidents.events import FindingNoted

    settings = hold(tmp_path)
    files.write(Path(settings.state), RUN, [FindingNoted(name="a1", text=CANARY, owner=CANARY)])
    told = "\n".join(reminders(settings))
    assert "[an account] wrote" in told and "canary" not in told


@pytest.mark.parametrize("text", [CANARY, "/srv/cjabcdefghijklmnop12345/a"])
def test_to_clean_a_text_twice_is_to_clean_it_once(text: str) -> None:
    names = Names(["zoe-canary", "account"])
    once, many = clean_text(text, names)
    assert clean_text(once, names) == (once, many) and many
