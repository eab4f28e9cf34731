"""Programs of the machine itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.docker_engine import DockerEngine
from pryv_tui.hosts.local import LocalHost


def host() -> LocalHost:
    return LocalHost("one", DockerEngine(None), None)


def unheard(_stream: str, _chunk: bytes) -> None:
    pass


def test_what_stands_in_a_program_s_way_is_told_as_what_it_is(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    for argv, cwd, name, words in (
        (["no-such-program"], None, "program-missing", "there is no program 'no-such-program'"),
        ([str(program)], None, "program-missing", "can't be run: Permission denied"),
        (["true"], tmp_path / "gone", "unreadable", f"can't be run in {tmp_path / 'gone'}"),
    ):
        with pytest.raises(PryvTuiError, match=words) as caught:
            host().run(argv, cwd=cwd, on_output=unheard)
        assert caught.value.name == name


def test_both_streams_are_heard_and_a_cancel_ends_it() -> None:
    heard: list[tuple[str, bytes]] = []
    code = host().run(
        ["sh", "-c", "echo out; echo err >&2; exit 3"],
        on_output=lambda stream, chunk: heard.append((stream, chunk)),
    )
    assert (code, sorted(heard)) == (3, [("stderr", b"err\n"), ("stdout", b"out\n")])
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled, match="sleep was ended"):
        host().run(["sleep", "3600"], on_output=unheard, cancel=cancel)


def test_no_program_is_given_what_only_restic_and_redis_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A compose file of a set can have any variable given to a container."""
    secrets = ("RESTIC_PASSWORD", "RCLONE_CONFIG_X_PASS", "REDISCLI_AUTH")
    for name in (*secrets, "OTHER"):
        monkeypatch.setenv(name, "hunter2")
    heard: list[bytes] = []
    host().run(
        ["env"], environment={"GIVEN": "1"}, on_output=lambda _stream, chunk: heard.append(chunk)
    )
    words = b"".join(heard).decode()
    assert "OTHER=hunter2" in words and "GIVEN=1" in words
    assert not any(name in words for name in secrets)
