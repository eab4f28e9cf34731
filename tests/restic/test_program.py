"""What restic says is not believed: stand-ins for it that lie, are too old, or are not there.

Each is a shell script called restic that prints what the real one prints in such a case.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.vault.restic.program import Restic
from tests.helpers.waiting import until

GOOD = "restic 0.14.0 compiled with go1.19.8 on linux/amd64"
SUMMARY = (
    '{"message_type":"summary","files_new":1,"total_files_processed":1,'
    '"total_bytes_processed":3,"data_added":3,"snapshot_id":"abcd1234"}'
)


def unheard(_stream: str, _chunk: bytes) -> None:
    pass


def standing_in(folder: Path, does: str, version: str = GOOD) -> Restic:
    """A stand-in that notes each word it is called with in `asked`."""
    program = folder / "restic"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {folder}/asked\n'
        f'if [ "$1" = version ]; then echo "{version}"; exit 0; fi\n'
        f'case "$*" in *unlock) exit 0 ;; esac\n{does}\n'
    )
    program.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "RESTIC_PASSWORD": "p"}
    # A shell that was started with SIGINT ignored, as in the background, goes on ignoring it.
    return Restic("/srv/restic", program=str(program), environment=environment, patience=1.0)


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def send(restic: Restic, folder: Path) -> None:
    restic.backup(
        folder,
        set_id="20260101T000000Z",
        domain="pryv.example",
        on_output=unheard,
        on_progress=lambda _done, _total: None,
    )


def test_a_snapshot_that_lacks_files_is_no_set(tmp_path: Path) -> None:
    restic = standing_in(
        tmp_path, f"case \"$*\" in *forget*) exit 0 ;; esac\necho '{SUMMARY}'\nexit 3"
    )
    with pytest.raises(PryvTuiError) as caught:
        send(restic, tmp_path)
    assert caught.value.name == "repository"
    assert "could not read everything" in caught.value.what
    assert asked(tmp_path)[-1] == "-r /srv/restic forget abcd1234"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("exit 0", "named no snapshot"),
        ("echo 'snapshot abcd1234 saved'; exit 0", "named no snapshot"),
        (f"echo '{SUMMARY}'; echo 'Fatal: something' >&2; exit 1", "Fatal: something"),
        ("exit 1", "restic ended with 1 and said nothing"),
        ("echo 'unable to create lock: repository is already locked' >&2; exit 1", "is locked"),
        ("echo 'write: no space left on device' >&2; exit 1", "no space is left"),
    ],
)
def test_a_backup_is_done_only_where_all_says_so(tmp_path: Path, does: str, said: str) -> None:
    with pytest.raises(PryvTuiError, match=said):
        send(standing_in(tmp_path, does), tmp_path)


def test_progress_and_summary_are_told_apart(tmp_path: Path) -> None:
    made: list[tuple[int, int]] = []
    heard: list[bytes] = []
    restic = standing_in(
        tmp_path,
        'echo \'{"message_type":"status","percent_done":0.5,"total_bytes":10,"bytes_done":5}\'\n'
        f"echo 'no JSON at all'\necho '{SUMMARY}'",
    )
    found = restic.backup(
        tmp_path,
        set_id="20260101T000000Z",
        domain="pryv.example",
        on_output=lambda _stream, chunk: heard.append(chunk),
        on_progress=lambda done, total: made.append((done, total)),
    )
    assert made == [(5, 10)]
    assert b"".join(heard) == f"no JSON at all\n{SUMMARY}\n".encode()
    assert (found.snapshot_id, found.total_files_processed) == ("abcd1234", 1)


@pytest.mark.parametrize(
    ("does", "wrong"),
    [
        ("echo 'no errors were found'; exit 0", False),
        ("exit 0", True),
        (
            "echo 'pack x: not found' >&2; echo 'Fatal: repository contains errors' >&2; exit 1",
            True,
        ),
    ],
)
def test_a_check_is_good_only_where_it_says_so(tmp_path: Path, does: str, wrong: bool) -> None:
    assert bool(standing_in(tmp_path, does).check(on_output=unheard)) is wrong


def test_a_check_that_could_not_be_made_is_no_finding(tmp_path: Path) -> None:
    restic = standing_in(tmp_path, "echo 'Fatal: wrong password or no key found' >&2; exit 1")
    with pytest.raises(PryvTuiError, match="the password is wrong for"):
        restic.check(on_output=unheard)


@pytest.mark.parametrize("version", ["restic 0.13.1 compiled with go", "something else"])
def test_an_old_one_is_refused_before_it_does_anything(tmp_path: Path, version: str) -> None:
    restic = standing_in(tmp_path, "exit 0", version)
    with pytest.raises(PryvTuiError) as caught:
        restic.snapshots()
    assert "0.14.0 or newer" in caught.value.what
    assert "Put a newer restic first on the PATH" in caught.value.remedy
    assert asked(tmp_path) == ["version"]


def test_a_missing_one_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "RESTIC_PASSWORD": "p"}
    restic = Restic("/srv/restic", program=str(tmp_path / "restic"), environment=environment)
    with pytest.raises(PryvTuiError) as caught:
        restic.snapshots()
    assert caught.value.name == "program-missing"
    assert "apt-get install restic" in caught.value.remedy


def test_holes_are_asked_for_where_it_can_make_them(tmp_path: Path) -> None:
    for version, sparse in ((GOOD, False), (GOOD.replace("0.14", "0.15"), True)):
        restic = standing_in(tmp_path, "exit 0", version)
        restic.restore("abcd", tmp_path / "target", on_output=unheard)
        assert asked(tmp_path)[-1].endswith(" --sparse") is sparse


def test_a_cancel_ends_it_and_all_that_it_started(tmp_path: Path) -> None:
    restic = standing_in(tmp_path, f"sleep 3600 & echo $! > {tmp_path}/child; wait")
    cancel = threading.Event()
    caught: list[BaseException] = []

    def work() -> None:
        try:
            restic.check(on_output=unheard, cancel=cancel)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    child = tmp_path / "child"
    until(lambda: child.exists() and child.read_text().strip(), "the program")
    cancel.set()
    thread.join(timeout=60)
    assert [type(error) for error in caught] == [Cancelled]
    # Its lock would keep others out: in its first moments restic leaves it behind.
    assert asked(tmp_path)[-1] == "-r /srv/restic unlock"
    pid = int(child.read_text())

    def sleeps() -> bool:
        try:
            return "sleep" in Path(f"/proc/{pid}/cmdline").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False

    until(lambda: not sleeps(), "its end")


def test_a_listener_that_fails_ends_it(tmp_path: Path) -> None:
    def full(_stream: str, _chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    restic = standing_in(tmp_path, "yes; exit 0")
    with pytest.raises(OSError, match="No space left"):
        restic.check(on_output=full)


def test_one_that_may_not_be_run_is_told_as_that(tmp_path: Path) -> None:
    restic = standing_in(tmp_path, "exit 0")
    program = tmp_path / "restic"
    program.chmod(0o644)
    with pytest.raises(PryvTuiError) as caught:
        restic.snapshots()
    assert caught.value.name == "program-missing"
    assert f"{str(program)!r} of this machine can't be run: Permission denied" in caught.value.what


def test_a_folder_that_vanished_is_no_missing_restic(tmp_path: Path) -> None:
    restic = standing_in(tmp_path, "exit 0")
    with pytest.raises(PryvTuiError) as caught:
        send(restic, tmp_path / "vanished")
    assert caught.value.name == "unreadable"
    assert str(tmp_path / "vanished") in caught.value.what
    assert "not on the PATH" not in caught.value.what
