"""What can't be printed changes no result: closed and full streams, readers that go away, encodings
that lack a character."""

from __future__ import annotations

import errno
import io
import json
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from pryv_tui.cli.base.output import print_json, print_json_line, table
from pryv_tui.cli.base.streams import Lasting, Printed, somebody_was_here
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.tui.terminal.probe import ascii_only
from tests.helpers import copied
from tests.remedies.shell import Shell

NAME = "zürich-✓"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("streams") / NAME
    made = copied.new(where, users=1, attachments=0)
    (host,) = made.hosts
    assert host.root_hint is not None
    for name in ("größe ✓ 𝄞", os.fsdecode(b"b\xe9zier-\xff")):
        (host.root_hint / "pryv/core/data" / name).write_text("a letter")
    Shell(made).backup()  # without a set, something needs a person
    return made.folder


def shell(
    folder: Path, line: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """A line for bash, in which `tui` is the program on the practice platform."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRYV", "DOCKER_HOST"))}
    command = f'tui() {{ "{sys.executable}" -m pryv_tui "$@" --practice "$P"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", command],
        env={**env, "P": str(folder), **(environment or {})},
        capture_output=True,
        timeout=120,
        check=False,
    )


def last(folder: Path) -> tuple[str, int | None]:
    """How the newest run ended."""
    run = all_runs(Path(f"{folder}-state"))[-1]
    return run.state, run.exit


@pytest.mark.parametrize(
    "line",
    [
        "tui backup 2>&-",
        "tui backup >/dev/full",
        "tui backup --json >/dev/full",
        "tui backup | head -1; exit ${PIPESTATUS[0]}",
        "tui backup --json | true; exit ${PIPESTATUS[0]}",
        "tui backup >&- 2>&- <&-",
        "tui backup 1</dev/null",
        "tui backup >/dev/full 2>/dev/full",
    ],
)
def test_a_run_is_followed_to_its_end_and_decides(folder: Path, line: str) -> None:
    done = shell(folder, line)
    assert (done.returncode, last(folder)) == (0, ("ended", 0)), done.stderr
    assert b"Traceback" not in done.stdout + done.stderr


def test_how_a_run_failed_is_told_by_the_code_too(tmp_path: Path) -> None:
    platform = copied.new(tmp_path / "p", users=1, attachments=0)
    platform.faults.set("mongodump-fails")
    done = shell(platform.folder, "tui backup >/dev/full 2>&-")
    assert (done.returncode, last(platform.folder)) == (1, ("ended", 1))


def test_where_the_journal_has_what_was_not_printed(folder: Path) -> None:
    done = shell(folder, "tui backup >/dev/full")
    run = all_runs(Path(f"{folder}-state"))[-1].id
    assert b"standard output can't be written: No space left on device" in done.stderr
    assert f"--practice '{folder}' attach {run}" in done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        # What was asked for is not all there.
        ("tui status >/dev/full", 1),
        ("tui list --json >/dev/full", 1),
        ("tui plan backup >/dev/full", 1),
        ("tui --help >/dev/full", 1),
        ("tui runs 1</dev/null", 1),
        # Who reads no further wanted no more; who closes it, nothing.
        ("tui status | head -1; exit ${PIPESTATUS[0]}", 0),
        ("tui list | true; exit ${PIPESTATUS[0]}", 0),
        ("tui status >&-", 0),
        ("tui status 2>&-", 0),
        # These have a result of their own.
        ("tui doctor >/dev/full", 0),
        ("tui nonsense 2>/dev/full", 2),
        ("tui undo 2>&- >&-", 2),
        ("tui <&- >&- 2>&-", 2),
    ],
)
def test_who_only_looks(folder: Path, line: str, code: int) -> None:
    done = shell(folder, line)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stdout + done.stderr


def test_what_checks_have_found_is_their_result(folder: Path) -> None:
    checks = ("verify latest", "audit --live", "audit --live --json", "doctor --json")
    full = " && ".join(f"tui {words} >/dev/full" for words in checks)
    done = shell(folder, f"tui backup --json >&- 2>&- && {full}")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"The exit code tells the result") == len(checks)


def test_a_detached_run_whose_name_nobody_got(folder: Path) -> None:
    done = shell(folder, "tui backup --detach >/dev/full")
    run = all_runs(Path(f"{folder}-state"))[-1].id
    shell(folder, f"tui attach {run}")
    assert done.returncode == 3
    assert f"attach {run}" in done.stderr.decode()


def test_a_log_that_is_followed_ends_with_its_reader(folder: Path) -> None:
    done = shell(folder, "tui containers logs core --follow | head -1; exit ${PIPESTATUS[0]}")
    assert done.returncode == 0, done.stderr


def test_a_file_gets_nothing_that_was_meant_for_a_closed_stream(
    folder: Path, tmp_path: Path
) -> None:
    """The number of a closed one would go to the next file that is opened."""
    done = shell(folder, "tui backup --json >&- 2>&-; tui attach latest --json")
    assert done.returncode == 0
    assert [json.loads(line)["v"] for line in done.stdout.splitlines()]
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert (events[0], events[-1]) == ("run_started", "run_finished")


def test_an_act_that_was_done_is_no_look_that_failed(folder: Path) -> None:
    """That it can't be told does not undo it; nor do bytes that are no text."""
    (host,) = PracticePlatform.open(folder).hosts
    key = "down/single/pryvio_mail"
    host.engine.stop("pryvio_mail")
    try:
        done = shell(folder, f"tui accept {key} --why $'moved \\xff' >/dev/full")
        assert done.returncode == 0, done.stderr
        assert b"The exit code tells the result" in done.stderr
        (line,) = (Path(f"{folder}-state") / "accepted.jsonl").read_bytes().splitlines()
        assert json.loads(line)["why"] == r"moved \xff"
        assert shell(folder, f"tui accept --withdraw {key} >/dev/full").returncode == 0
    finally:
        host.engine.start("pryvio_mail")


def test_who_began_a_command_is_known_when_their_terminal_went(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with open(theirs) as typed, open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", typed)
        assert typed.isatty() and somebody_was_here()
        os.close(ours)
        assert not typed.isatty() and somebody_was_here()
        for other in (nothing, io.StringIO()):
            monkeypatch.setattr(sys, "stdin", other)
            assert not somebody_was_here(), "a script"


def test_a_terminal_that_went_is_a_reader_that_went() -> None:
    ours, theirs = pty.openpty()
    printed = Printed(theirs, None)
    os.close(ours)
    printed.write("nobody reads this\n")
    printed.flush()
    assert printed.lost is not None and printed.lost.errno == errno.EIO
    assert printed.reader_gone
    os.close(theirs)


def test_a_full_pipe_that_another_made_non_blocking_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    raw = Lasting(writing, "w", closefd=False)
    many = b"x" * 4096
    while (written := io.FileIO(writing, "w", closefd=False).write(many)) is not None:
        assert written
    reader = subprocess.Popen(
        [sys.executable, "-c", "import os; n = 1\nwhile n: n = len(os.read(0, 4096))"],
        stdin=reading,
    )
    os.close(reading)
    assert raw.write(many) > 0
    assert raw.lost is None
    os.close(writing)
    assert reader.wait() == 0


LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "cp437:strict"},
]


SEVERAL = """
import os, sys
from pryv_tui.__main__ import main
from pryv_tui.cli.base.streams import keep_to_utf8
keep_to_utf8()
import pryv_tui.incidents.looking, pryv_tui.runs.recovery, pryv_tui.runs.start
line = [[]]
for word in sys.argv[1:]:
    line.append([]) if word == "&&" else line[-1].append(word)
for words in line:
    if not (child := os.fork()):
        sys.argv = ["pryv-tui", *words, "--practice", os.environ["P"]]
        main()
        os._exit(0)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(code)
"""
"""Python that starts once and loads what commands work with, then is forked for each command of a
line: what the start makes of its environment, arguments and streams is each one's. What prints is
loaded by each command itself, after `main` has seen to the streams; only what may start Python anew
comes first."""


def several(
    folder: Path, line: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Commands of the program with `&&` in between, by one start of Python."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRYV", "DOCKER_HOST"))}
    return subprocess.run(
        [sys.executable, "-P", "-c", SEVERAL, *shlex.split(line)],
        env={**env, "P": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("environment", LOCALES, ids=str)
def test_a_locale_without_the_character(folder: Path, environment: dict[str, str]) -> None:
    """And what one locale wrote the next one reads."""
    runs = len(all_runs(Path(f"{folder}-state")))
    line = "backup --label 'größe ✓' && list && status && verify latest && runs --json"
    done = several(folder, line, environment)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stdout + done.stderr
    (made,) = [run for run in all_runs(Path(f"{folder}-state"))[runs:] if run.kind == "backup"]
    assert (made.label, made.exit) == ("größe ✓", 0)
    listed = json.loads(done.stdout[done.stdout.rindex(b"\n[\n") :])
    assert [run["label"] for run in listed if run["id"] == made.id] == ["größe ✓"]
    shown = shell(folder, "tui status --json", environment)
    assert shown.returncode == 0, shown.stderr
    (host,) = json.loads(shown.stdout.decode("utf-8"))["hosts"]
    assert NAME in host["root"]
    verified = Shell(PracticePlatform.open(folder)).type("verify", "latest")
    assert verified.exit == 0, verified.err


def test_several_commands_end_with_the_first_that_fails(folder: Path) -> None:
    done = several(folder, "list --json && nonsense && runs", {})
    assert (done.returncode, json.loads(done.stdout)[0]["state"]) == (2, "complete")


def test_a_name_that_no_encoding_has(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "su\udcffr ✓"})
    assert json.loads(capsys.readouterr().out) == {"name": "su\udcffr ✓"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_print_and_json_in_an_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    with open(tmp_path / "out", "w", encoding=encoding) as before:
        printed = Printed(before.fileno(), before)
        monkeypatch.setattr(sys, "stdout", printed)
        print_json_line('{"a": "é✓𝄞"}'.encode())
        table([("name",), ("su\udcffr-✓",)])
        printed.flush()
    said = (tmp_path / "out").read_bytes()
    first, rest = said.split(b"\n", 1)
    assert json.loads(first) == {"a": "é✓𝄞"}
    assert b"su" in rest and printed.lost is None


def test_what_click_puts_around_a_stream_ends_in_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes UTF-8 where a stream is of ASCII."""
    full = os.open("/dev/full", os.O_WRONLY)
    with open(full, "w", encoding="ascii") as before:
        printed = Printed(full, before)
        monkeypatch.setattr(sys, "stdout", printed)
        click.echo("✓")
        assert printed.lost is not None and printed.lost.errno == errno.ENOSPC


@pytest.mark.parametrize(
    ("given", "ascii"),
    [("ascii", True), ("latin-1:replace", True), ("utf-8", False), (":strict", False)],
)
def test_the_interface_draws_what_its_output_can_print(given: str, ascii: bool) -> None:
    environment = {"LANG": "en_US.UTF-8", "PYTHONIOENCODING": given}
    assert ascii_only(environment, coerced=False) is ascii
