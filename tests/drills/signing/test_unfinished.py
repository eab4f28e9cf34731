"""A signature, a debrief, a review that a full disk or a killed process left in part: what is told
of it can be done, and then all is as if nothing had happened."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pryv_tui.drills.files import records_of
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.signing import papers, unfinished
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.drills.waiting import waiting_for
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem import durable
from tests.drills.held import RUN, hold, settings_of
from tests.drills.signing.signed import drills, key, ours, stock

SECOND = RUN.replace("02T", "03T")


Ends = AbstractContextManager[Callable[[], bool]]


class Killed(BaseException):
    """The process is gone: nothing is put in order."""


@contextmanager
def full_from(number: int) -> Iterator[Callable[[], bool]]:
    """The disk is full from the nth file on; tells whether that was met."""
    count, made = 0, durable.prepare

    def prepare(path: Path, content: bytes) -> str:
        nonlocal count
        count += 1
        if count >= number:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return made(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable, "prepare", prepare)
        yield lambda: count >= number


@contextmanager
def killed_at(number: int) -> Iterator[Callable[[], bool]]:
    """The process ends before the nth file has its place; tells whether that was met."""
    count, put = 0, durable.place_durably

    def place(scratch: str, path: Path) -> None:
        nonlocal count
        count += 1
        if count >= number:
            raise Killed
        put(scratch, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable, "place_durably", place)
        yield lambda: count >= number


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drill that is on record, and one whose run is over and nobody has recorded."""
    folder = tmp_path_factory.mktemp("unfinished")
    for name in ("operator", "reviewer", "other"):
        key(folder, name)
    close_drill(hold(folder), RUN)
    hold(folder, run=SECOND)
    return folder


def _found(folder: Path) -> None:
    assert ours(folder, "actions", "add", RUN, "The disk was small").exit_code == 0


def _signed(folder: Path) -> None:
    sign_drill(settings_of(folder), RUN, folder / "operator")


ACTS: dict[str, tuple[list[Callable[[Path], None]], list[str]]] = {
    "sign with what was found": ([_found], ["sign", RUN, "--key", "operator"]),
    "debrief by somebody else": ([_signed, _found], ["sign", RUN, "--key", "other"]),
    "review": ([_signed], ["review", RUN, "All is as it was", "--key", "reviewer"]),
}


def typed(folder: Path, words: list[str]) -> int:
    """A command with keys of that folder; its exit code, -1 of one that was killed."""
    told = [str(folder / word) if before == "--key" else word
            for before, word in zip(["", *words], words, strict=False)]  # fmt: skip
    try:
        done = ours(folder, *told)
    except Killed:
        return -1
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code


@pytest.mark.parametrize("end", [full_from, killed_at])
@pytest.mark.parametrize("act", ACTS)
def test_what_is_told_of_it_can_be_done(
    made: Path, tmp_path: Path, act: str, end: Callable[[int], Ends]
) -> None:
    before, words = ACTS[act]
    prepared = tmp_path / "prepared"
    shutil.copytree(made, prepared)
    for prepare in before:
        prepare(prepared)
    met = True
    number = 0
    while met:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(prepared, folder)
        with end(number) as was_met:
            code = typed(folder, words)
            met = was_met()
        assert (code != 0) is met, (number, code)
        if number % 2:
            # Another drill goes on record before anybody has seen it.
            close_drill(settings_of(folder), SECOND)
        state = Path(settings_of(folder).state)
        told = ours(folder, "verify", RUN).stdout
        # A failure tells what is to be done; what counts for nothing waits for it as before.
        for line in told.splitlines():
            assert not line.startswith("FAILED") or "pryv-tui" in line, (number, told)
        ways = set(re.findall(r"pryv-tui\b.*? drill (\w+)", told))
        assert ways <= {"sign", "review", "list"}, told
        waits = RUN in waiting_for(state, words[0])  # type: ignore[arg-type]
        undebriefed = bool(before) and _found in before and "debrief.json is signed" not in told
        if words[0] in ways or waits or undebriefed:
            assert typed(folder, words) == 0, (number, told)
        assert ours(folder, "list").exit_code == 0
        settled = ours(folder, "verify")
        assert settled.exit_code == 0, (number, told, settled.output)
        assert "not written to" not in settled.stdout, (number, settled.stdout)
        assert stock(folder) == []
        report = (drills(folder) / RUN / "report.md").read_text()
        assert "UNSIGNED" not in report
        if "debrief" in act or "found" in act:
            assert "debrief.json is signed by" in settled.stdout, (number, settled.stdout)
        if act == "review":
            assert "signed by the reviewer's key" in settled.stdout and "UNREVIEWED" not in report
    assert number > 4


@pytest.mark.parametrize("signature", [True, False], ids=["its signature", "its key alone"])
def test_what_an_earlier_version_left_is_made_anew(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signature: bool
) -> None:
    """It wrote the key first, and named what lay there in the record of the drill after it."""
    folder = tmp_path / "it"
    shutil.copytree(made, folder)
    _signed(folder)
    place = drills(folder) / RUN
    left = sign(b"what was not written", folder / "reviewer", papers.REVIEW_SPACE)
    told = papers.with_signer(place, papers.REVIEWER, papers.REVIEW_SPACE, read_signature(left))
    (place / papers.SIGNERS).write_bytes(told)
    if signature:
        (place / papers.REVIEW_SIGNATURE).write_bytes(left)
    with monkeypatch.context() as patch:
        patch.setattr(unfinished, "unfinished", lambda *_given, **_more: False)
        close_drill(settings_of(folder), SECOND)
    (second,) = [one for one in records_of(Path(settings_of(folder).state)) if one.record.id != RUN]
    named = [(one.drill, one.name) for one in second.record.chain.papers]
    assert ((RUN, papers.REVIEW_SIGNATURE) in named) is signature
    found = ours(folder, "verify")
    assert found.exit_code == 1
    assert (
        "has the key of a review that was not completely written. To make it again: "
        in found.stdout
    )
    assert typed(folder, ["review", RUN, "All is as it was", "--key", "reviewer"]) == 0
    found = ours(folder, "verify")
    assert found.exit_code == 0, found.output
    assert stock(folder) == []


def test_a_debrief_that_was_taken_away_beside_its_signature_is_missed(
    made: Path, tmp_path: Path
) -> None:
    """With its lines of the list: its key is written down after it was there."""
    folder = tmp_path / "it"
    shutil.copytree(made, folder)
    _signed(folder)
    _found(folder)
    _signed(folder)
    (drills(folder) / RUN / papers.DEBRIEF).unlink()
    sums = drills(folder) / papers.SUMS
    kept = [one for one in sums.read_text().splitlines() if papers.DEBRIEF not in one]
    sums.write_text("\n".join(kept) + "\n")
    assert ours(folder, "verify").exit_code == 1
    with pytest.raises(PryvTuiError, match="is not as it was written: its debrief"):
        _signed(folder)


def test_a_record_that_was_changed_is_not_taken_for_one_whose_pages_were_not_written(
    made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "it"
    shutil.copytree(made, folder)
    place = drills(folder) / RUN
    record = place / "record.json"
    record.write_bytes(record.read_bytes().replace(b'"1200"', b'"1201"', 1))
    (place / papers.PAGE).unlink()
    assert ours(folder, "list").exit_code == 1
    assert not (place / papers.PAGE).exists()
    found = ours(folder, "verify")
    assert found.exit_code == 1 and "record.json does not match the list" in found.stdout
