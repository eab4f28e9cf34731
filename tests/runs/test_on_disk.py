"""A root that is half-way says so itself, whatever became of the journals and the state folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.debts import Owed
from pryv_tui.runs.left import left_behind, unread
from pryv_tui.runs.record.history import all_runs, debts_of, read_run, request_of
from pryv_tui.runs.recovery import first_look, plan_recovery
from tests.runs.test_recovery import START, Past

RUN = "20260101T000000Z-restore-0000"


def half(past: Past, *, mark: bool = True, end: str = "") -> str:
    """A restore that was stopped after it had moved a root aside."""
    owed = past.aside("core", RUN, mark=mark)
    (Path(owed.where) / "former").write_text("former")
    return past.run("restore", START, owed, set_id="SET")


def runs(past: Past) -> Path:
    return past.folder / "state/runs"


def lose_state(past: Past) -> None:
    shutil.rmtree(past.folder / "state")


def lose_run(past: Past) -> None:
    shutil.rmtree(runs(past) / RUN)


def lose_request(past: Past) -> None:
    (runs(past) / RUN / "request.json").unlink()


def lose_journal(past: Past) -> None:
    (runs(past) / RUN / "journal.jsonl").unlink()


def garble_debts(past: Path | Past) -> None:
    assert isinstance(past, Past)
    path = runs(past) / RUN / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(b"\xff" + line[1:] if b'"owed"' in line else line for line in lines))


def garble_request(past: Past) -> None:
    path = runs(past) / RUN / "request.json"
    path.write_bytes(path.read_bytes().replace(b"restore", b"rest\xefre", 1))


def garble_mark(past: Past) -> None:
    (past.folder / "core/.pryv-tui/restoring.json").write_bytes(b'{"run": "\xff"}')


def lose_all_but_what_moves(past: Past) -> None:
    """Not even a mark: a folder that is on its way tells it."""
    lose_state(past)
    (past.folder / "core/.pryv-tui/restoring.json").unlink()
    aside = past.folder / f"core/.pryv-tui/aside/{RUN}"
    aside.rename(aside.with_name(f"{RUN}.moving"))


def lose_state_and_mark(past: Past) -> None:
    lose_state(past)
    garble_mark(past)


LOSSES = (
    lose_state, lose_run, lose_request, lose_journal, garble_debts, garble_request, garble_mark,
    lose_all_but_what_moves, lose_state_and_mark,
)  # fmt: skip


@pytest.mark.parametrize("lose", LOSSES)
def test_a_half_restored_root_is_never_called_whole(tmp_path: Path, lose: object) -> None:
    past = Past(tmp_path)
    half(past)
    assert [one[0] for one in past.left()] == [RUN]
    lose(past)  # type: ignore[operator]
    deployment = discover(past.hosts)
    (left,) = left_behind(past.site, deployment)
    assert left.run == RUN
    assert "half-way" in left.text
    assert "roll-back" in left.choices
    assert any("half-way" in text or "half-restored" in text for text in past.told())
    plan = plan_recovery(past.site, deployment, left, "roll-back")
    assert plan.kind == "undo"
    where = str(past.folder / f"core/.pryv-tui/aside/{RUN}")
    assert any(getattr(step, "aside", "") == where for step in plan.steps)
    starts = [name for step in plan.steps for name in getattr(step, "containers", ())]
    assert "pryvio_core" in starts, "the platform is not left down"


def test_one_that_lost_everything_but_its_mark_offers_its_set(tmp_path: Path) -> None:
    past = Past(tmp_path)
    half(past)
    lose_state(past)
    (left,) = left_behind(past.site, discover(past.hosts))
    assert set(left.choices) == {"roll-back"}, "a set that is not there is not offered"
    assert left.set_id == "SET"


def test_a_mark_that_names_a_place_elsewhere_is_not_followed(tmp_path: Path) -> None:
    past = Past(tmp_path)
    half(past)
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / RUN).mkdir(parents=True)
    mark = past.folder / "core/.pryv-tui/restoring.json"
    mark.write_text(
        f'{{"run": "other", "set_id": "S", "started": "", "aside": "{elsewhere}/{RUN}"}}'
    )
    lose_state(past)
    (left,) = left_behind(past.site, discover(past.hosts))
    assert left.choices == {}
    assert str(elsewhere) not in left.text


def test_a_whole_root_with_something_aside_is_whole(tmp_path: Path) -> None:
    """As a restore leaves it that came to its end."""
    past = Past(tmp_path)
    past.aside("core", RUN, mark=False)
    assert past.left() == []


def test_the_command_says_nothing_of_nothing(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", START)
    path = runs(past) / run / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(b"\xff\n" if b'"owed"' in line else line for line in lines))
    assert past.left() == []
    (item,) = unread(past.site, all_runs(past.site.state))
    assert item.text == (
        f"The backup {run}: 1 line of its journal can't be read; what it still had to put back"
        " may be written there."
    )
    assert item in first_look(past.site).overview.attention


def test_a_line_of_a_kind_that_comes_later_is_no_damage(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", START)
    with (runs(past) / run / "journal.jsonl").open("ab") as file:
        file.write(b'{"v":1,"event":"invented","what":1}\n{"v":2,"event":"note","text":"x"}\n')
        file.write(b'{"event":"owed","owed":7}\nno json\n{"torn')
    record = read_run(runs(past) / run)
    assert record is not None
    assert debts_of(record).unread == 2


def test_an_undo_whose_request_is_lost_is_still_that_undo(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = half(past)
    back = Owed(
        kind="return",
        host="core",
        what=str(past.folder / "core"),
        where=str(past.folder / f"core/.pryv-tui/aside/{run}"),
    )
    undo = past.run("undo", back, undone_run=run)
    (runs(past) / undo / "request.json").write_bytes(b"\xff")
    record = read_run(runs(past) / undo)
    assert record is not None
    request = request_of(record)
    assert request is not None
    assert (record.kind, request.undone_run) == ("undo", run)
    assert record.problems


def test_a_worker_that_goes_on_is_known_without_its_mark(tmp_path: Path) -> None:
    past = Past(tmp_path)
    run = past.run("backup", alive=True)
    (runs(past) / run / "worker.json").write_bytes(b"\xff")
    record = read_run(runs(past) / run)
    assert record is not None
    assert "worker.json can't be read" in record.problems[0]


def test_recover_on_an_empty_state_folder(tmp_path: Path) -> None:
    from pryv_tui.practice.platform import PracticePlatform

    platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    root = next(iter(platform.hosts)).root_hint
    assert root is not None
    (root / ".pryv-tui").mkdir()
    (root / ".pryv-tui/restoring.json").write_bytes(b"\xff")
    done = CliRunner().invoke(cli, ["recover", "--practice", str(tmp_path / "p")])
    assert "Nothing was left half-done" not in done.output
    assert "left half-way" in done.output
    assert done.exit_code == 4
