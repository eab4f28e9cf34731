"""Commands in messages become keys; what has no key is a command that can be pasted."""

from __future__ import annotations

import pytest

from pryv_tui.errors import ERRORS
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.kind_files import kind_names
from pryv_tui.runs.record.report import NEXT, REMAINS, Part
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.screens.container import ContainerScreen
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.screens.runs import RunsScreen
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.text.hints import _PLACES, _SHOWN, keyed, keys_first

KEYS = {name: key for name, key in _PLACES.items() if key.key} | {
    name: key for name in kind_names() if (key := kind_of(name).key) is not None
}
GIVEN = ("--practice", "/p")
SET = "20260101T000000Z-before-1.9"
RUN = "20260101T000000Z-restore-0a1b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take one: pryv-tui backup", "Take one: press b"),
        # With an option it shows something else than the key does.
        ("As data: pryv-tui list --json", "As data: pryv-tui --practice /p list --json"),
        ("As data: pryv-tui status --json", "As data: pryv-tui --practice /p status --json"),
        ("To see what is missing: pryv-tui doctor", "To see what is missing: press d"),
        ("To see the domain: pryv-tui status.", "To see the domain: the overview."),
        (
            "To see the drills: pryv-tui drill list",
            "To see the drills: press D (the list of drills)",
        ),
        (
            "To see what can be played: pryv-tui drill scenarios",
            "To see what can be played: press D (the list of drills)",
        ),
        (
            "To see the incidents: pryv-tui incident list; the runs: pryv-tui runs",
            "To see the incidents: press I (the list of incidents); the runs: press u",
        ),
        (
            "As data: pryv-tui drill list --json",
            "As data: pryv-tui --practice /p drill list --json",
        ),
        # A sentence that only names a command, as older versions wrote them, presses nothing.
        (
            "pryv-tui list shows the sets of this vault.",
            "pryv-tui --practice /p list shows the sets of this vault.",
        ),
        (
            "Use another set; pryv-tui verify names every file that differs.",
            "Use another set; pryv-tui --practice /p verify names every file that differs.",
        ),
        (
            "See what is running (pryv-tui status), then: pryv-tui list",
            "See what is running (pryv-tui --practice /p status), then: press s",
        ),
        (
            "Accept both: pryv-tui accept set/X1 set/X2",
            "Accept both: pryv-tui --practice /p accept set/X1 set/X2",
        ),
        ("Hold one: pryv-tui drill run", "Hold one: press t in the list of drills (D)"),
        (
            "Continue it: pryv-tui drill run --scenario core-lost; or break it off: no",
            "Continue it: press D (the open drill); or break it off: no",
        ),
        # Another set than the newest, and another depth, have no key.
        (
            "Make it anew: pryv-tui drill sign 20260302T040000Z-drill-ab12 --key KEY",
            "Make it anew: press S in the report of 20260302T040000Z-drill-ab12 (D)",
        ),
        (
            "Then: pryv-tui drill review 20260302T040000Z-drill-ab12 --key KEY; and more",
            "Then: press V in the report of 20260302T040000Z-drill-ab12 (D); and more",
        ),
        (f"Try it: pryv-tui drill run {SET}", f"Try it: pryv-tui --practice /p drill run {SET}"),
        (f"Bring it back: pryv-tui restore {SET}", f"Bring it back: press r, then choose {SET}"),
        (f"Restore again, or: pryv-tui undo {RUN}", f"Restore again, or: press u, then U on {RUN}"),
        (
            f"To see everything that is wrong: pryv-tui verify {SET}",
            f"To see everything that is wrong: press s, then v on {SET}",
        ),
        (f"Follow it: pryv-tui attach {RUN}.", f"Follow it: press u, then Enter on {RUN}."),
        (
            f"Or try again: pryv-tui restore {SET} --confirm d.example.",
            f"Or try again: press r, then choose {SET}.",
        ),
        (
            f"Bring them back: pryv-tui restore {SET} --confirm d --role core --role static-web.",
            f"Bring them back: press r, then choose {SET} and core, static-web alone.",
        ),
        (
            "pryv-tui recover --finish: Go on; or: pryv-tui recover --roll-back: Put back",
            "press R, then Finish: Go on; or: press R, then Roll back: Put back",
        ),
        (
            "Read its log: pryv-tui containers logs pryvio_core --host co1",
            "Read its log: press l on pryvio_core of co1",
        ),
        (
            "Start it again: pryv-tui --practice '/a b' containers start pryvio_core --host co1.x.",
            "Start it again: press Enter on pryvio_core of co1.x, then S.",
        ),
        (f"Remove it: pryv-tui release {RUN} --confirm d", f"Remove it: press u, then D on {RUN}"),
        (f"Name them: pryv-tui audit {SET}", f"Name them: press s, then a on {SET}"),
        (
            "Still so: pryv-tui audit latest --live",
            "Still so: press L (live audit)",
        ),
        ("Of none: pryv-tui --practice '/a b' audit --live.", "Of none: press L (live audit)."),
        # L of the overview has a set of its own; any other one has its key among the sets.
        (f"Of it: pryv-tui audit {SET} --live", f"Of it: press s, then L on {SET}"),
        (
            "and 3 more: pryv-tui audit latest --live --all",
            "and 3 more: pryv-tui --practice /p audit latest --live --all",
        ),
        # A key that would do something else than the command asks for is not said in its place.
        (
            "Take another: pryv-tui backup --label x",
            "Take another: pryv-tui --practice /p backup --label x",
        ),
        (
            f"Single files: pryv-tui restore {SET} --files 'a/*'.",
            f"Single files: pryv-tui --practice /p restore {SET} --files 'a/*'.",
        ),
        (
            f"A part of it: pryv-tui verify {SET} --sample 5%",
            f"A part of it: pryv-tui --practice /p verify {SET} --sample 5%",
        ),
        (
            "When was it: pryv-tui incident declare --lost-at TIME",
            "When was it: pryv-tui --practice /p incident declare --lost-at TIME",
        ),
        # The key would mean this platform.
        ("Of another: pryv-tui --root /r backup", "Of another: pryv-tui --root /r backup"),
        # No key: a command that means this platform.
        ("See it: pryv-tui plan backup", "See it: pryv-tui --practice /p plan backup"),
        ("pryv-tui backups are kept", "pryv-tui backups are kept"),
        ("Settle it with --root.", "Settle it with --root."),
    ],
)
def test_commands_become_keys(text: str, expected: str) -> None:
    made = keyed(text, GIVEN, overview=True)
    assert made == expected
    assert keyed(made, GIVEN, overview=True) == made, "twice is once"


def test_the_set_that_the_overview_has_for_its_key_needs_no_list() -> None:
    said = f"Settle it: pryv-tui audit {SET} --live"
    assert keyed(said, (), overview=True, live=SET) == "Settle it: press L (live audit)"
    assert keyed(said, (), live=SET) == "Settle it: press L on the overview (live audit)"
    other = keyed(said, (), overview=True, live=f"{SET}-b")
    assert other == f"Settle it: press s, then L on {SET}"
    assert keyed(f"{said} --all", GIVEN, live=SET).endswith(f"audit {SET} --live --all")


def test_both_screens_have_that_key() -> None:
    assert ACTIONS["audit_live"].key == "L"
    assert {"audit_live"} <= set(OverviewScreen.HERE) & set(SetsScreen.HERE)


def test_elsewhere_it_says_where_the_key_is() -> None:
    assert keyed("Take one: pryv-tui backup", ()) == "Take one: press b on the overview"
    said = keyed("Anew: pryv-tui containers restart x --host h; or wait", ())
    assert said == "Anew: on the overview press Enter on x of h, then T; or wait"


def test_the_keys_are_those_of_the_screens() -> None:
    here = {ACTIONS[name].key: name for name in OverviewScreen.HERE}
    opened = {"backup": "backup", "restore": "restore", "list": "sets", "verify": "sets",
              "runs": "runs", "undo": "runs", "attach": "runs", "cancel": "runs",
              "doctor": "doctor", "recover": "recover", "release": "runs",
                  "audit": "sets"}  # fmt: skip
    assert {name: here[key.key] for name, key in KEYS.items() if key.in_messages} == opened
    assert ACTIONS["undo"].key == "U" and "undo" in RunsScreen.HERE
    assert ACTIONS["cancel"].key == "x" and "cancel" in RunsScreen.HERE
    assert ACTIONS["verify"].key == "v" and "verify" in SetsScreen.HERE
    assert ACTIONS["audit_live"].key == "L"
    for screen in (OverviewScreen, SetsScreen, RunScreen):
        assert "audit_live" in screen.HERE


def test_the_keys_on_a_container_are_those_of_its_screens() -> None:
    assert ACTIONS["logs"].key == "l" and "logs" in OverviewScreen.HERE
    assert ACTIONS["details"].key == "enter" and "details" in OverviewScreen.HERE
    for act in ("start", "stop", "restart"):
        assert kind_of(act).on_container.endswith(f", then {ACTIONS[f'{act}_container'].key}")
        assert f"{act}_container" in ContainerScreen.HERE


def test_no_remedy_of_the_error_table_keeps_a_command() -> None:
    for kind in ERRORS.values():
        # Told where there is no interface.
        if kind.name == "no-terminal":
            continue
        assert "pryv-tui " not in keyed(kind.remedy, (), overview=True), kind.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Wrong? Back: pryv-tui undo {RUN}", f"Wrong? Back: press U, or: pryv-tui undo {RUN}"),
        (
            f"Put it back: pryv-tui --practice '/a b' undo {RUN}; or for good: pryv-tui"
            f" --practice '/a b' release {RUN} --confirm d.example",
            f"Put it back: press U, or: pryv-tui --practice '/a b' undo {RUN}; or for good: press"
            f" u on the overview, then D, or: pryv-tui --practice '/a b' release {RUN}"
            " --confirm d.example",
        ),
        (
            f"Of another: pryv-tui undo {RUN}9",
            f"Of another: press u on the overview, then U, or: pryv-tui undo {RUN}9",
        ),
        (
            f"Settle it: pryv-tui audit {SET} --live",
            f"Settle it: press L, or: pryv-tui audit {SET} --live",
        ),
        (
            f"And 3 more: pryv-tui audit {SET} --live --all",
            f"And 3 more: pryv-tui audit {SET} --live --all",
        ),
        (
            f"Check it: pryv-tui verify {SET}",
            f"Check it: press s on the overview, then v, or: pryv-tui verify {SET}",
        ),
        (
            "Again: pryv-tui --practice /p containers start x --host 'a b'",
            "Again: on the overview press Enter on x of a b, then S, or:"
            " pryv-tui --practice /p containers start x --host 'a b'",
        ),
    ],
)
def test_in_a_result_the_key_is_before_the_command(text: str, expected: str) -> None:
    assert keys_first([Part((text,), NEXT)], RUN) == [Part((expected,), NEXT)]


@pytest.mark.parametrize(
    "text",
    [
        f"3 accounts; pryv-tui audit {SET} names them",
        f"It can be brought back (pryv-tui restore {SET}).",
        f"To bring it back, pryv-tui undo {RUN} has to end",
        f"Of two: pryv-tui undo {RUN} {RUN}",
        "Journal: /var/lib/pryv-tui verify",
        "No key: pryv-tui containers fly x",
        "Another word: pryv-tui backups",
    ],
)
def test_in_a_result_what_has_no_key_stays(text: str) -> None:
    assert keys_first([Part((text,), NEXT)], RUN) == [Part((text,), NEXT)]


def test_what_remains_gets_no_longer() -> None:
    part = Part((f"  - Put it back: pryv-tui undo {RUN}",), REMAINS)
    assert keys_first([part], RUN) == [part]
    # Nor is a sentence that begins in the same way taken for it.
    (other,) = keys_first([Part((f"{REMAINS}: pryv-tui undo {RUN}",))], RUN)
    assert other.lines == (f"{REMAINS}: press U, or: pryv-tui undo {RUN}",)


def test_the_keys_of_a_result_are_those_of_the_screens() -> None:
    there = {"verify": SetsScreen, "audit": SetsScreen, "send": SetsScreen,
             "undo": RunsScreen, "release": RunsScreen}  # fmt: skip
    for command in KEYS.keys() - set(_SHOWN):
        key = KEYS[command]
        assert key.key in {ACTIONS[name].key for name in OverviewScreen.HERE}
        assert bool(key.in_result) == (command in there)
        if key.in_result:
            assert ACTIONS[command].key == key.in_result.removeprefix(", then ")
            assert command in there[command].HERE
