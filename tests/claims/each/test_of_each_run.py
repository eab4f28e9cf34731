"""What results and plans say of each one and of none, where it is so and where it is otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.site import open_site
from pryv_tui.runs.planning.request import plan_release
from pryv_tui.runs.record.history import all_runs
from tests.claims.test_of_platforms import flat
from tests.journeys.restores.test_undo_sets_aside import DOMAIN, end_of
from tests.remedies.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", users=1, attachments=1)


def undone(shell: Shell, run: str) -> str:
    """Undo a run; the undo's own name."""
    done = shell.type("undo", run, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    return str(end_of(shell)["run"])


def restored(shell: Shell, name: str) -> str:
    assert shell.type("restore", name, "--confirm", DOMAIN).exit == 0
    return str(end_of(shell)["run"])


ONLY_THERE = "no set of the vault holds it: it exists only in the content moved aside"
NO_OTHER = "no other usable set holds it (1 more can't be used and was not checked)"


@pytest.mark.parametrize("later", ["none", "one", "a damaged one"])
def test_no_other_set_holds_it_is_not_said_where_one_made_before_the_restore_does(
    shell: Shell, later: str
) -> None:
    """An undo that is undone sets aside what was there before the restore: sets hold that."""
    first = shell.latest
    shell.platform.grow(users=1, attachments=0)
    second = shell.backup() if later != "none" else ""
    if later == "a damaged one":
        (Path(shell.settings.vault) / second / "set.json").write_bytes(b"{")
    back = undone(shell, restored(shell, first))
    undone(shell, back)
    (warning,) = [line for line in end_of(shell)["warnings"] if "is moved aside: " in line]
    assert (ONLY_THERE in warning) is (later == "none")
    assert (NO_OTHER in warning) is (later == "a damaged one")
    assert (f"the later set {second} may hold a part of it;" in warning) is (later == "one")


@pytest.mark.parametrize("asked", ["all", "not all"])
@pytest.mark.parametrize("later", [False, True])
def test_what_was_written_after_a_restore_is_said_to_be_only_there_of_none(
    shell: Shell, asked: str, later: bool
) -> None:
    """A set that was made meanwhile may hold it, and nobody looks into that."""
    run = restored(shell, shell.latest)
    if later:
        shell.backup()
    if asked == "not all":
        # Of a database that does not run files alone tell, and not how many events there are.
        assert shell.type("containers", "stop", "mongodb").exit == 0
    undone(shell, run)
    told = " ".join(end_of(shell)["remains"])
    said = "what was written after the restore (it is not known how much) may exist only there"
    assert (said in told) is (asked == "not all")
    assert "is only there" not in told


def test_that_an_undo_had_brought_it_back_is_said_of_what_an_undo_of_an_undo_set_aside(
    shell: Shell,
) -> None:
    run = restored(shell, shell.latest)
    said: list[str] = []
    for _turn in range(3):
        site = open_site(shell.settings)
        said.append(" ".join(plan_release(site, site.discover(), run).effects))
        run = undone(shell, run)
    words = "It is the content that an undo had put back, before that undo was itself undone."
    assert [words in one for one in said] == [False, False, True]
    assert ["It is the content from before that restore." in one for one in said] == [
        True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("journal", ["whole", "gone", "torn"])
def test_no_journal_here_tells_of_a_half_way_root_is_said_where_none_is_there(
    shell: Shell, journal: str
) -> None:
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 1
    shell.platform.faults.clear(None)
    record = all_runs(Path(shell.settings.state))[-1]
    folder = Path(record.folder)
    if journal == "gone":
        shutil.rmtree(folder)
    elif journal == "torn":
        lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
        torn = [b"{torn\n" if b'"aside"' in line else line for line in lines]
        (folder / "journal.jsonl").write_bytes(b"".join(torn))
    told = flat(shell.type("recover"))
    assert record.id in told and "half-way" in told
    assert ("no journal here mentions it" in told) is (journal == "gone")
    assert ("its journal here does not say, or can't be read" in told) is (journal == "torn")


@pytest.mark.parametrize("emptied", [0, 1, 2])
def test_folders_that_hold_nothing_now_are_not_said_to_have_been_empty(
    tmp_path: Path, emptied: int
) -> None:
    """What lay in them may have been taken out by hand."""
    shell = Shell.with_set(tmp_path / "c", form="cluster", users=1, attachments=0)
    restored(shell, shell.latest)
    for path in sorted((tmp_path / "c").rglob(".pryv-tui/aside/*"))[:emptied]:
        for one in path.iterdir():
            shutil.rmtree(one) if one.is_dir() else one.unlink()
    told = flat(shell.type("status"))
    said = "2 folders into which restores moved former content are empty now (" in told
    assert said is (emptied == 2)
    assert "were empty" not in told and "hold no file" not in told
