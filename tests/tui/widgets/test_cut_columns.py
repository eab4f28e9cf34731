"""What has no room in a list ends in …, and nothing that decides is cut away: state, id, domain."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content

from pryv_tui.cli.base.output import table
from pryv_tui.incidents.gathering import Told
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving import serving
from pryv_tui.phrases import cells
from pryv_tui.runs.record.chain import Since
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.tui.base.wizard import Wizard
from pryv_tui.tui.screens.runs import run_row
from pryv_tui.tui.text.incidents import incident_row
from pryv_tui.tui.text.overview import container_rows, summary
from pryv_tui.tui.text.sets import keyed, set_rows
from pryv_tui.tui.widgets.field import WordField
from pryv_tui.tui.widgets.panes import ListPane
from pryv_tui.vault.sets import BackupSet
from pryv_tui.who import Who
from tests.incidents.scripted import at, incident, lost, opened
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.operations.overview.served import on_each

SIZES = (60, 80, 100, 120)
DOMAIN = f"{'sehr-langer-name.' * 3}krankenhaus.example"
UMLAUTS = "Nächtliche Prüfung der Außenstelle Würzburg-Süd"
WIDE = "毎晩のバックアップ・検証済み・東京の病院"
USER = "jürgen.müller-lüdenscheidt-vom-rechenzentrum"
SET = "20260115T020000Z-naechtliche-pruefung-der-aussenstelle-wuerzburg"
RUN = "20260115T020000Z-restore-0a1b"
HOST = "core-1.rechenzentrum-sued.krankenhaus.example"


class Row(NamedTuple):
    """A row of a list, and what of it has to be seen at the least width."""

    of: str
    text: Content
    decides: tuple[str, ...]


def rows() -> Iterator[Row]:
    who = Who(user=USER, uid=1000, terminal="pts/3", address="2001:db8:85a3::8a2e:370:7334")
    for outcome, what in (("failed", WIDE), ("warnings", UMLAUTS), ("complete", "")):
        record = RunRecord(
            id=RUN, folder="/x", kind="restore", state="ended", pid=1,
            outcome=outcome, what=what, asked=at(0), started=at(0), set=SET,
            roles=("core", "register"), label=WIDE, by=who,
        )  # fmt: skip
        made = run_row(record, [Since("undone", RUN)] if outcome == "complete" else ())
        yield Row("runs", made, (outcome, RUN))
    manifest = manifest_of(part("single", "core", "register"), domain=DOMAIN)
    for label in (UMLAUTS, WIDE, ""):
        named = msgspec.structs.replace(manifest, label=label)
        found = msgspec.structs.replace(set_of(named, "/vault"), id=SET)
        damaged = msgspec.structs.replace(found, state="damaged", problem=WIDE * 3)
        for backup, state in ((found, "complete"), (damaged, "damaged")):
            ((_, made),) = set_rows(keyed([backup]), {}, {SET: "an incident"})
            # Of an id the time decides, and as much of the label as has room.
            yield Row("sets", made, (state, SET[:50]))
    partial = BackupSet(id=SET, path="/v/x.partial", state="partial", problem=UMLAUTS * 2)
    ((_, made),) = set_rows(keyed([partial]), {})
    yield Row("sets", made, ("partial", SET[:50]))
    for losses, text in (((lost(30, since=0),), ""), ((), WIDE * 2)):
        one = msgspec.structs.replace(incident(opened(0), *losses), text=text)
        told = Told(one, (), reckon(one, (), at(86_400 * 400)), "")
        yield Row("incidents", incident_row(told), (one.id, "open"))
    single = deployed("single-node")
    renamed = msgspec.structs.replace(
        single,
        hosts=tuple(msgspec.structs.replace(each, name=HOST) for each in single.hosts),
    )
    down = on_each(
        renamed, lambda c: msgspec.structs.replace(c, state="exited"), "mongodb", "redis"
    )
    for name, shown, _ in container_rows(down, serving=serving(down)):
        role = name.startswith("#") and "on" in shown.plain
        service = next((c.service for c in down.hosts[0].containers if name.endswith(c.name)), "")
        decides = ("down",) if role and "static" not in name else (service[:14],) if service else ()
        yield Row("containers", shown, decides)


class Listed(App[None]):
    """All of them in one list, as wide as the terminal."""

    CSS = "ListPane { height: 1fr; }"

    def __init__(self, given: list[Row]) -> None:
        super().__init__()
        self._given = given

    def compose(self) -> ComposeResult:
        yield ListPane("all", id="list")

    def on_mount(self) -> None:
        listed = [(f"r{n}", row.text, True) for n, row in enumerate(self._given)]
        self.query_one(ListPane).show_rows(listed)


async def test_what_is_cut_says_so_and_what_decides_is_not_cut() -> None:
    given = list(rows())
    assert {row.of for row in given} == {"runs", "sets", "incidents", "containers"}
    lines = sum(len(row.text.split("\n")) for row in given)
    app = Listed(given)
    async with app.run_test(size=(SIZES[0], lines + 4)) as pilot:
        for width in SIZES:
            await pilot.resize_terminal(width, lines + 4)
            await pilot.pause()
            pane = app.query_one(ListPane)
            shown = [pane.render_line(y).text.rstrip() for y in range(lines)]
            for row in given:
                whole = [line.plain for line in row.text.split("\n")]
                seen, shown = shown[: len(whole)], shown[len(whole) :]
                for line, told in zip(whole, seen, strict=True):
                    assert cell_len(told) <= width - 2
                    uncut = told.lstrip("› ") == line.strip()
                    assert uncut or told.endswith("…"), (width, line, told)
                for word in row.decides:
                    assert any(word in told for told in seen), (width, word, seen)


class Asks(App[None]):
    """The field in which the domain is typed, on a line of its own."""

    CSS_PATH = Path(inspect.getfile(Wizard)).with_name("wizard.tcss")

    def compose(self) -> ComposeResult:
        field = WordField(DOMAIN)
        with Vertical(classes="Wizard"):
            yield field
            yield field.remark


@pytest.mark.parametrize("width", SIZES)
async def test_the_domain_to_type_is_all_there(width: int) -> None:
    app = Asks()
    async with app.run_test(size=(width, 8)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips(app.size)
        flat = re.sub(r"\s", "", "".join(strip.text for strip in strips[3:]))
        assert DOMAIN in flat


@pytest.mark.parametrize("width", SIZES)
def test_the_lines_of_the_overview_begin_with_the_state(width: int) -> None:
    single = deployed("single-node")
    down = on_each(single, lambda c: msgspec.structs.replace(c, state="exited"), "mongodb")
    hosts = tuple(msgspec.structs.replace(each, name=HOST) for each in down.hosts)
    found = Overview(
        deployment=msgspec.structs.replace(down, hosts=hosts), sets=(), last=None, attention=()
    )
    for line in summary(found).plain.splitlines():
        begins = re.match(r" [\w ]{13}[^\w ] \w+", line)
        assert begins is not None and len(begins[0]) < width, line


def test_a_table_of_the_command_line_cuts_nothing_and_stands_in_columns() -> None:
    listed = [("set", "state", "by"), (SET, "complete", USER), (WIDE, "damaged", UMLAUTS),
              ("é" * 3, "partial", "e\u0301" * 3)]  # fmt: skip

    @click.command()
    def command() -> None:
        table(listed)

    out = CliRunner().invoke(command).output.splitlines()
    for row, line in zip(listed, out, strict=True):
        assert "…" not in line
        assert [cell for cell in row if cell not in line] == []
    starts = {cells(line[: line.index(row[1])]) for row, line in zip(listed, out, strict=True)}
    assert len(starts) == 1, "each column begins in one place, wide letters or not"


def test_cells_are_those_of_a_terminal() -> None:
    for text in (WIDE, UMLAUTS, USER, "e\u0301", "", "abc", "ｆｕｌｌ"):
        assert cells(text) == cell_len(text), text
