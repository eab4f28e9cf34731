"""What this machine could not do is no word about a set; what lies beside its files is named."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.verify import verify_set
from pryv_tui.vault.set_files import CHECKS, VERIFIED
from tests.operations.overview.test_verify_set import HOST, Kept, kept, pristine

__all__ = ["kept", "pristine"]


def _opens(monkeypatch: pytest.MonkeyPatch, number: int, after: int) -> None:
    """The system has no descriptor left from the `after`th opening on."""
    really, count = os.open, [0]

    def few(*words: object, **more: object) -> int:
        count[0] += 1
        if count[0] > after:
            raise OSError(number, os.strerror(number))
        return really(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", few)


def _dies(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def gone(*_words: object, **_more: object) -> None:
        raise PryvTuiError(name, "it is so")

    monkeypatch.setattr("pryv_tui.operations.sets.verify.verify_sums", gone)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
@pytest.mark.parametrize("after", range(0, 30, 3))
def test_nothing_is_kept_of_a_check_that_could_not_be_done(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, number: int, after: int
) -> None:
    before = {name: (kept.folder / name).read_bytes() for name in (VERIFIED, CHECKS)}
    backup = kept.backup
    with monkeypatch.context() as patch:
        _opens(patch, number, after)
        try:
            found = verify_set(kept.vault, backup)
        except PryvTuiError as error:
            assert error.name == "means", error.what
            told = error.kind.meaning
            assert told.endswith("nothing was found out about what was to be read.")
        else:
            # There were just enough for the check; then it is good, kept or not.
            assert found.outcome == "good"
    if (kept.folder / VERIFIED).read_bytes() != before[VERIFIED]:
        assert kept.backup.state == "complete"
    assert kept.backup.state == "complete"
    assert all(check.outcome == "good" for check in kept.backup.checks)
    assert verify_set(kept.vault, kept.backup).outcome == "good"


@pytest.mark.parametrize("name", ["copy-process-died", "disk-full", "means"])
def test_nor_of_one_whose_helpers_died(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    count = len(kept.backup.checks)
    with monkeypatch.context() as patch:
        _dies(patch, name)
        with pytest.raises(PryvTuiError) as caught:
            verify_set(kept.vault, kept.backup)
        assert caught.value.name == name
    assert (kept.backup.state, len(kept.backup.checks)) == ("complete", count)


def test_nor_for_want_of_memory(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_words: object, **_more: object) -> None:
        raise MemoryError

    count = len(kept.backup.checks)
    with monkeypatch.context() as patch:
        patch.setattr("pryv_tui.operations.sets.verify.verify_sums", full)
        with pytest.raises(PryvTuiError) as caught:
            verify_set(kept.vault, kept.backup)
    assert caught.value.name == "means"
    assert (kept.backup.state, len(kept.backup.checks)) == ("complete", count)


def _link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("make", [_link, os.mkfifo, Path.mkdir, Path.touch])
@pytest.mark.parametrize(
    "name", ["verified.json.new", "set.json~", f"{HOST}/SHA256SUMS.new", f"{HOST}/extra", "other"]
)
def test_what_lies_beside_a_set_is_named_and_no_damage(
    kept: Kept, name: str, make: Callable[[Path], None]
) -> None:
    assert verify_set(kept.vault, kept.backup).strangers == ()
    make(kept.folder / name)
    found = verify_set(kept.vault, kept.backup)
    assert found.outcome == "good"
    assert found.strangers == (f"the set's own folder: {name}",)
    assert found.unexpected == 1
    assert not kept.refused()


@pytest.mark.parametrize("name", [VERIFIED, CHECKS])
def test_a_link_in_the_place_of_what_is_kept_is_no_file_of_ours(kept: Kept, name: str) -> None:
    victim = kept.folder.parent / "victim"
    victim.write_bytes(b"somebody's")
    (kept.folder / name).unlink()
    (kept.folder / name).symlink_to(victim)
    assert f"{name} can't be read: it is a link" in kept.backup.unread[0]
    found = verify_set(kept.vault, kept.backup)
    assert found.strangers == (f"the set's own folder: {name}",)
    assert victim.read_bytes() == b"somebody's"
    assert kept.backup.unread == (), "it was replaced by one of ours"
    assert verify_set(kept.vault, kept.backup).strangers == ()


def test_what_a_killed_check_left_is_nobody_elses(kept: Kept) -> None:
    (kept.folder / ".checks.json.0123456789abcdef.new").touch()
    assert verify_set(kept.vault, kept.backup).strangers == ()
