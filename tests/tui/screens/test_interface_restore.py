"""The restore wizard: the typed confirmation, what can't be chosen, the whole journey, undo."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.widgets import Checkbox, Input

from pryv_tui.drills.files import begin
from pryv_tui.drills.model import (
    Chain,
    Measured,
    Objectives,
    Record,
    SetOnRecord,
    When,
    encode,
)
from pryv_tui.incidents.events import Planned
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.screens.restore import RestoreWizard
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.widgets.panes import Pane
from tests.helpers import copied
from tests.helpers.runs import run_to_its_end
from tests.tui.driving import Operator, opened
from tests.tui.screens.test_interface_backup import start_backup

DOMAIN = "practice.pryv.example"


async def to_confirmation(operator: Operator) -> None:
    await operator.keys("r")
    await operator.sees("✓ complete")
    await operator.keys("enter")
    await operator.sees("Roles to restore")
    await operator.until(lambda: operator.focused == "next", "the roles")
    await operator.keys("enter")
    await operator.sees("✓ all")
    await operator.keys("n")
    await operator.sees("The timing gap")
    await operator.until(lambda: not operator.page.query_one("#next").disabled, "the plan")
    await operator.keys("n")
    await operator.until(lambda: operator.focused == "word", "the field of the word")


async def test_the_journey_brings_everything_back(
    settings: Settings, platform: PracticePlatform
) -> None:
    before = platform.contents()
    async with opened(settings) as operator:
        await start_backup(operator)
        await operator.sees("COMPLETE")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        platform.wipe("core")
        await operator.keys("ctrl+r")
        await operator.sees("▲ incomplete")
        await to_confirmation(operator)
        await operator.sees("This replaces")
        await operator.sees("on single")
        await operator.type(DOMAIN)
        await operator.until(lambda: not operator.page.query_one("#go").disabled, "the button")
        await operator.keys("tab", "tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        await operator.sees("PRACTICE Restore of")
        # How old the data is and what is newer come first; the undo is one key away.
        await operator.sees("Data as of: ")
        await operator.sees("Data newer than the set, and not in place now:")
        result = operator.page.query_one("#result", Pane).plain
        parts = (
            "is restored",
            "Run:",
            "Data as of:",
            "Checked,",
            "What remains:",
            "What to do next:",
        )
        places = [result.find(part) for part in parts]
        assert places == sorted(places), result
        assert -1 not in places, result
        # Here it is a key; whoever is sent the copy has no such key.
        assert "If it is not what you wanted: press U, or: pryv-tui" in result
        assert isinstance(operator.page, RunScreen)
        copied = operator.page.text_to_copy()
        assert "If it is not what you wanted: pryv-tui" in copied
        assert "press" not in copied
        await operator.sees("U Undo")
        assert platform.contents() == before
        await operator.keys("U")
        await operator.on("TypeToConfirm")
        await operator.sees("tab Buttons")
        await operator.type(DOMAIN)
        await operator.sees("^o Commands")
        # Beside the field the key is the one of everywhere.
        await operator.keys("tab")
        await operator.sees("c Commands")
        await operator.keys("c")
        await operator.sees("Count what is newer than the set")
        # Two checks stand before the first command: read on.
        await operator.keys("down", "down", "down")
        await operator.sees("$ docker stop")
        await operator.keys("tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("PRACTICE Undo of")
        undone = " ".join(operator.page.query_one("#result", Pane).plain.split())
        # Back on the restore's result, which says that it is no more.
        await operator.keys("escape")
        await operator.sees("Undone by ")
        assert "U Undo" not in operator.text
        assert (
            "moved aside, when nobody needs it any more: press u on the overview, then D" in undone
        )
        assert "U undoes it" not in operator.text
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        # The disaster is back, and told as one, although core's containers are there now.
        await operator.sees("▲ incomplete")
        await operator.sees("Core is gone")
    assert platform.contents() != before, "the undo brought the disaster back"


def focused_on(operator: Operator, name: str) -> bool:
    return operator.focused == name


async def test_only_what_is_gone_is_ticked_and_the_choices_say_what_they_cost(
    tmp_path: Path,
) -> None:
    platform = copied.with_set(tmp_path / "p", form="cluster", users=2, attachments=1)
    settings = resolve_settings(practice=str(tmp_path / "p"), environment={})
    platform.grow(users=1)

    async def on_the_roles(operator: Operator) -> list[bool]:
        await operator.keys("r")
        await operator.sees("✓ complete")
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "role-0", "the roles")
        await operator.sees("1 account newer")
        return [box.value for box in operator.page.query(Checkbox).results(Checkbox)]

    async with opened(settings) as operator:
        assert await on_the_roles(operator) == [False] * 3
        await operator.sees("Nothing is gone, so nothing is ticked")
        await operator.sees("With core alone:")
        await operator.keys("n")
        await operator.sees("Tick at least one role to restore")
        await operator.keys("space")
        await operator.sees("Core alone, as chosen:")
        await operator.sees("1 name (chiara) stranded")
        await operator.keys("escape", "escape")
        await operator.on("OverviewScreen")

        platform.wipe("core")
        await operator.keys("ctrl+r")
        assert await on_the_roles(operator) == [True, False, False]
        await operator.sees("GONE; the set has it as of")
        await operator.sees("Core alone, as chosen:")
        # Enter goes on with what is ticked, and takes nothing away. (The line of keys gets its
        # second row only when it is laid out again.)
        keys = ["space", "Tick", "esc", "Back", "enter", "Next"]
        await operator.until(
            lambda: operator.text.splitlines()[-2].split()[:6] == keys, "the line of keys"
        )
        await operator.keys("enter")
        await operator.until(lambda: operator.page.page == "checks", "the checks")  # type: ignore[attr-defined]
        await operator.keys("escape")
        operator.page.query_one("#role-0").focus()
        await operator.sees("space Tick")
        assert operator.page.roles == ("core",)  # type: ignore[attr-defined]
        await operator.keys("tab", "space")
        await operator.sees("Core and register, as chosen:")
        await operator.sees("1 account (chiara) is gone")
        # The arrows go from role to role: who looks for the third does not tick the first.
        for key, number in zip(
            ["down", "down", "up", "up", "up", "j", "k"], "2210010", strict=True
        ):
            await operator.keys(key)
            await operator.until(partial(focused_on, operator, f"role-{number}"), f"after {key}")
        assert operator.page.roles == ("core", "register"), "nothing but the focus went"  # type: ignore[attr-defined]


async def test_the_word_can_not_be_bypassed(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        go = operator.page.query_one("#go")
        assert go.disabled
        assert "Nothing is done before the set's domain was typed." in ACTIONS["restore"].help
        assert not [one for one in all_runs(Path(with_set.state)) if one.kind == "restore"]
        # The line of keys names none that would only be typed into the field.
        assert operator.text.splitlines()[-1].split() == (
            ["esc", "Back", "PgDn", "Read", "on", "tab", "Leave", "the", "field", "^n",
             "Note", "^p", "Menu", "?", "Help"]
        )  # fmt: skip
        # What it would mean is read on from the field too, and on a page of its own before it.
        replaced = operator.page.query_one("#replaced", Pane)
        await operator.keys("pagedown")
        await operator.until(lambda: replaced.scroll_offset.y > 0, "the rest of the text")
        assert operator.focused == "word"
        await operator.keys("enter")
        await operator.sees("Enter does nothing yet")
        await operator.type(DOMAIN[:-1])
        await operator.sees(f"type {DOMAIN}")
        await operator.keys("enter")
        assert go.disabled
        await operator.type(DOMAIN[-1])
        await operator.sees("✓ it matches")
        assert not go.disabled
        await operator.sees("Enter goes to the button")
        # Enter goes to the button, and a key that is held down no further.
        await operator.keys(*["enter"] * 20)
        assert operator.focused == "go"
        assert type(operator.page).__name__ == "RestoreWizard"
        await operator.sees("Space presses it, Enter does not")
        await operator.keys("shift+tab", "shift+tab")
        assert operator.focused == "word"
        await operator.sees("Enter goes to the button")
        await operator.keys("end")
        await operator.type("x")
        await operator.sees("✗ wrong word")
        assert go.disabled
        await operator.keys("tab", "tab", "enter")
        assert type(operator.page).__name__ == "RestoreWizard"
    assert [record.kind for record in all_runs(Path(with_set.state))] == ["backup"]


def drilled(settings: Settings, seconds: float) -> None:
    """A drill of all roles that took so long, on record."""
    made = begin(settings, Planned(exercise="sandbox"))
    roles = open_site(settings).vault.resolve("latest").need("read").roles
    record = Record(
        id=made.id,
        practice=True,
        outcome="passed",
        when=When(declared=made.opened, ended=made.opened),
        set=SetOnRecord(roles=tuple(roles)),
        objectives=Objectives(rto=Measured(seconds=seconds)),
        chain=Chain(platform=made.platform),
    )
    (Path(made.folder) / "record.json").write_bytes(encode(record))


async def test_going_back_keeps_the_word_and_the_steps_say_what_a_drill_took(
    with_set: Settings,
) -> None:
    drilled(with_set, 400.0)
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type("practice")
        await operator.keys("escape")
        await operator.sees("The timing gap")
        await operator.sees("A drill restored these roles in 6 min 40 s on ")
        await operator.keys("n")
        await operator.until(lambda: operator.focused == "word", "the field of the word")
        await operator.sees("practice")
        assert operator.page.query_one("#word", Input).value == "practice"


async def test_unusable_sets_are_seen_and_can_not_be_chosen(with_set: Settings) -> None:
    vault = Path(with_set.vault)
    (vault / "20260101T000000Z-half.partial").mkdir()
    broken = vault / "20260102T000000Z-broken"
    broken.mkdir()
    (broken / "set.json").write_text("{")
    async with opened(with_set) as operator:
        await operator.keys("r")
        await operator.sees("20260101T000000Z-half")
        await operator.sees("the backup did not finish")
        await operator.sees("✗ damaged")
        await operator.keys("down", "down", "enter")
        await operator.sees("Roles to restore")
        await operator.keys("escape")
        await operator.until(lambda: operator.focused == "sets", "the list of sets")
        chosen = operator.page.chosen  # type: ignore[attr-defined]
        assert chosen.state == "complete"


async def test_a_set_of_another_platform_is_refused(with_set: Settings, tmp_path: Path) -> None:
    backup = open_site(with_set).vault.sets()[0]
    text = (backup.folder / "set.json").read_text()
    (backup.folder / "set.json").write_text(text.replace(DOMAIN, "other.example"))
    async with opened(with_set) as operator:
        await operator.keys("r")
        await operator.sees("✓ complete")
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "next", "the roles")
        await operator.keys("enter")
        await operator.sees("FAILED")
        assert operator.page.query_one("#next").disabled
        await operator.sees("the set is of other.example")


async def test_undo_and_release_want_the_domain(
    with_set: Settings, platform: PracticePlatform
) -> None:
    backup = open_site(with_set).vault.sets()[0]
    run_to_its_end(with_set, "restore", set_id=backup.id)
    async with opened(with_set) as operator:
        await operator.keys("u")
        await operator.sees("restore  ✓ complete")
        await operator.keys("U")
        await operator.on("TypeToConfirm")
        yes = operator.app.screen.query_one("#yes")
        assert operator.focused == "word"
        await operator.keys("enter")
        assert yes.disabled
        await operator.type(DOMAIN)
        await operator.sees("Enter goes to the button")
        await operator.keys(*["enter"] * 20)
        await operator.on("TypeToConfirm")
        assert not yes.disabled
        assert operator.focused == "yes", "and no further, however long it is held down"
        await operator.sees("Space presses it, Enter does not")
        await operator.keys("space")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        assert all_runs(Path(with_set.state))[-1].kind == "undo"
        # What the undo moved aside is removed for good by another word typed, found in the palette.
        kept = platform.folder / "hosts/single/root/.pryv-tui"
        assert [path.name for path in (kept / "undone").iterdir()]
        before = platform.contents()
        await operator.keys("escape", "escape", "colon")
        await operator.on("Palette")
        await operator.type("release")
        await operator.keys("enter")
        await operator.on("RunsScreen")
        await operator.sees("then D releases")
        await operator.sees("undo     ✓ complete")
        await operator.keys("D")
        await operator.on("TypeToConfirm")
        await operator.sees("it can't be put back any more")
        yes = operator.app.screen.query_one("#yes")
        await operator.keys("enter")
        assert yes.disabled
        await operator.keys("escape", "D")
        await operator.on("TypeToConfirm")
        assert list((kept / "undone").iterdir()), "leaving the question removed it"
        await operator.type(DOMAIN)
        await operator.keys("tab", "tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        assert not list((kept / "undone").iterdir())
        assert platform.contents() == before
        # Nothing more lies aside, of the undo or of the restore: it is not offered any more.
        await operator.keys("escape")
        await operator.on("RunsScreen")
        await operator.sees("release  ✓ complete")
        found = all_runs(Path(with_set.state))
        await operator.sees(f"run {found[-2].id}  released")
        await operator.sees(f"run {found[-3].id}  undone")
        for _ in ("undo", "restore"):
            await operator.keys("down")
            await operator.until(lambda: "D Release" not in operator.text, "no key to release")
    assert all_runs(Path(with_set.state))[-1].kind == "release"


async def test_a_set_that_was_just_verified_can_be_read_once(with_set: Settings) -> None:
    vault = open_site(with_set).vault
    assert verify_set(vault, vault.sets()[0]).outcome == "good"
    async with opened(with_set) as operator:
        await operator.keys("r")
        await operator.sees("✓ complete")
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "next", "the roles")
        await operator.keys("enter")
        await operator.sees("✓ all")
        await operator.keys("n")
        await operator.sees("w While copying")
        await operator.keys("w")
        await operator.sees("w Verify before")
        assert chosen(operator) == "chosen"
        assert "not read before anything is stopped" in operator.text
        await operator.keys("w")
        await operator.sees("w While copying")
        assert chosen(operator) == "offered"


def chosen(operator: Operator) -> str:
    """What the plan on the screen says of how its set is verified."""
    page = operator.page
    assert isinstance(page, RestoreWizard) and page.plan is not None
    return page.plan.while_copying
