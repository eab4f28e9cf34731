"""Rows of lists: what was made within the same minute can be told apart."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.platform.gap import Gap
from pryv_tui.runs.record.chain import Since
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.tui.screens.restore import RestoreWizard
from pryv_tui.tui.screens.runs import run_row
from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.text.sets import keyed, set_details, set_rows
from pryv_tui.tui.text.words import MAKING, SET, close_by
from pryv_tui.vault.beside.pins import Pins, pin_line
from pryv_tui.vault.sets import BackupSet, Unfinished
from pryv_tui.who import Who
from tests.operations.kit import manifest_of, part, set_of
from tests.tui.driving import opened

TIMES = ("2026-01-15T01:00:00.000Z", "2026-01-15T02:00:00.000Z", "2026-01-15T02:00:01.000Z",
         "2026-01-15T02:00:02.500Z", "2026-01-15T02:02:00.000Z")  # fmt: skip


def test_a_partial_set_says_whether_it_is_of_any_use() -> None:
    about = Unfinished(practice=True, domain="pryv.example", roots={"single": "/r"})
    partial = BackupSet(
        id="20260115T020000Z",
        path="/v/20260115T020000Z.partial",
        state="partial",
        problem="the backup RUN was cancelled",
        unfinished=about,
    )
    assert "The next backup takes over what it can" in set_details(partial).plain
    for useless, why in (
        (
            set_details(partial, later=[msgspec.structs.replace(partial, id="20260116T020000Z")]),
            "later ones hold the same",
        ),
        (
            set_details(
                msgspec.structs.replace(
                    partial, unfinished=msgspec.structs.replace(about, roots={})
                )
            ),
            "it holds nothing that could be taken over",
        ),
    ):
        assert why in useless.plain
        assert "takes over what" not in useless.plain
        assert "rm -r /v/20260115T020000Z.partial" in useless.plain


@pytest.mark.parametrize(
    ("times", "close"),
    [
        (TIMES, [False, True, True, True, False]),
        (TIMES[::-1], [False, True, True, True, False]),
        ((TIMES[1], "", TIMES[0], "soon", TIMES[1]), [True, False, False, False, True]),
        ((), []),
    ],
)
def test_which_are_close(times: tuple[str, ...], close: list[bool]) -> None:
    assert close_by(times) == close


def test_sets_a_second_apart() -> None:
    made = manifest_of(part("single", "core"))
    sets: dict[str, BackupSet] = {
        time: set_of(msgspec.structs.replace(made, created=time), "/vault") for time in TIMES
    }
    rows = [(name, row.plain.splitlines()[1]) for name, row in set_rows(sets, {})]
    assert [name for name, _ in rows] == list(TIMES[::-1]), "the newest first"
    said = [second.strip().split(" · ")[0] for _, second in rows]
    assert [one.split(", ")[0] for one in said[1:4]] == [
        "02:00:02 UTC", "02:00:01 UTC", "02:00:00 UTC",
    ]  # fmt: skip
    assert not any("UTC" in one for one in (said[0], said[4]))


def test_sets_of_one_name_are_all_there_and_told_apart() -> None:
    made = set_of(manifest_of(part("single", "core")), "/vault")
    there = msgspec.structs.replace(made, repository="/r")
    found = [
        there,
        msgspec.structs.replace(there, snapshot="aaaaaaaabbbb"),
        msgspec.structs.replace(there, snapshot="ccccccccdddd"),
        msgspec.structs.replace(made, state="partial", manifest=None),
    ]
    sets = keyed(found)
    assert list(sets.values()) == found
    assert len(keyed([there])) == len(keyed([found[1]])) == 1
    assert list(keyed([there])) == list(keyed([found[1]])), "a set that is sent keeps its place"
    first = [row.plain.splitlines()[0] for _name, row in set_rows(sets, {})][::-1]
    assert len(set(first)) == 4
    assert "not sent" in first[0]
    assert "snapshot aaaaaaaa" in first[1]
    assert "snapshot" not in set_rows(keyed([found[1]]), {})[0][1].plain


def test_a_run_says_when_it_was_and_names_run_and_set() -> None:
    record = RunRecord(id="one", folder="/one", kind="backup", state="ended", pid=None,
                       asked=TIMES[1], started=TIMES[2], outcome="complete",
                       roles=("core", "register"),
                       set="20260115T020000Z-nightly")  # fmt: skip
    told = run_row(record).plain
    assert "02:00:00 UTC, " in told
    assert told.index(record.set) < told.index("core"), "at 80 columns the set is not cut off"
    assert "run one" in told
    assert f"set {record.set}" in told
    assert "undone" not in told
    became = [Since("undone", "two"), Since("released", "three")]
    assert "run one  undone  released" in run_row(record, became).plain


async def test_ages_go_on_in_a_list_that_is_left_open(
    with_set: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(with_set) as operator:
        for keys, name, words in (
            ("u", "RunsScreen", "pryv_tui.tui.screens.runs"),
            ("r", "RestoreWizard", "pryv_tui.tui.text.sets"),
        ):
            await operator.keys(keys)
            await operator.on(name)
            await operator.sees("✓ complete")
            with monkeypatch.context() as later:
                later.setattr(f"{words}.short_age", lambda _text: "3 h")
                assert "3 h ago" not in operator.text
                operator.page.tell_ages()  # type: ignore[attr-defined]
                await operator.sees("3 h ago")
            await operator.keys("escape")
            await operator.on("OverviewScreen")


def test_a_set_that_a_run_makes_is_not_called_unfinished() -> None:
    partial = BackupSet(
        id="20260115T020000Z", path="/v/20260115T020000Z.partial", state="partial", problem="none"
    )
    ((_, idle),) = set_rows(keyed([partial]), {})
    assert "◐ partial" in idle.plain and "can't be restored" in idle.plain
    ((_, made),) = set_rows(keyed([partial]), {partial.id: "RUN"})
    assert "▶ being made now" in made.plain and "by the backup RUN" in made.plain
    assert "partial" not in made.plain and "can't" not in made.plain
    assert "being made now by the backup RUN" in set_details(partial, "RUN").plain


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2026-01-15T02:00:04.900Z", "at 2026-01-15 02:00:04 UTC\n"),
        ("2026-01-15T02:00:07.000Z", "from 2026-01-15 02:00:04 UTC to 02:00:07 UTC\n"),
        ("2026-01-16T02:00:07.000Z", "from 2026-01-15 02:00:04 UTC to 2026-01-16 02:00:07 UTC\n"),
    ],
)
def test_a_gap_within_one_second_has_one_time(end: str, said: str) -> None:
    gap = Gap(accounts_from="2026-01-15T02:00:04.100Z", accounts_to=end, accounts_seconds=0.3)
    made = set_of(manifest_of(part("single", "core"), gap=gap), "/vault")
    assert f"Gap for accounts 0.3 s, {said}" in set_details(made).plain


@pytest.mark.parametrize("page", [SetsScreen, RestoreWizard])
def test_each_state_of_a_set_has_its_line_in_the_legend(
    page: type[SetsScreen] | type[RestoreWizard],
) -> None:
    explained = {word for word, _ in page.WORDS}
    assert {word.word for word in (*SET.values(), MAKING)} <= explained


def test_a_closed_set_says_that_nothing_is_known_of_it() -> None:
    closed = BackupSet(id="20260115T020000Z", path="/v", state="closed", problem="may not read it")
    assert "? closed" in set_details(closed).plain
    assert "may not read it" in set_details(closed).plain
    ((_, row),) = set_rows({"one": closed}, {})
    assert "can't be restored: may not read it" in row.plain


@pytest.mark.parametrize("by", ["a person", "an incident"])
def test_what_keeps_a_set_is_let_go_by_a_key_or_once_that_is_over(by: str) -> None:
    pins = Pins((pin_line("pinned", Who(), ""),)) if by == "a person" else Pins()
    one = msgspec.structs.replace(set_of(manifest_of(part("h", "core"))), pins=pins)
    told = set_details(one, kept=f"pinned by {by}").plain
    assert f"pinned by {by}. P lets it go" in told
    assert ("once the incident is closed" in told) == (by == "an incident")
