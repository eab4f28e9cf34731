"""What the overview, a configuration file and a doubted vault say to do: done as it is said."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.hosts.endpoint import find_endpoint
from pryv_tui.operations.sets.known_vaults import doubt
from pryv_tui.operations.settings.resolve import resolve_settings
from tests.hosts.test_endpoint import CONTEXT_URL
from tests.hosts.test_endpoint import context as docker_context
from tests.operations.sets.test_known_vaults import ROOT, found
from tests.remedies.kit import refusal
from tests.remedies.shell import Shell, commands_in, paste, shell_line

DOMAIN = "practice.pryv.example"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A platform with a whole set; each test leaves it running and whole."""
    made = Shell.with_set(tmp_path_factory.mktemp("overview") / "platform", users=2, attachments=2)
    yield made


def attention(shell: Shell, words: str) -> list[str]:
    return [line for line in shell.type("status").out.splitlines() if words in line]


def root_of(shell: Shell) -> Path:
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    return root


def test_a_role_that_is_down_as_a_whole_has_a_log(shell: Shell) -> None:
    services = ("dns", "register", "redis", "mail", "admin_panel", "config_leader")
    for service in services:
        assert shell.type("containers", "stop", service).exit == 0
    (line,) = attention(shell, "containers of register is running")
    assert paste(commands_in(line.partition("Read a log: ")[2].replace(". To", ". "))[0]).exit == 0
    for service in services:
        assert shell.type("containers", "start", service).exit == 0
    assert attention(shell, "containers of register is running") == []


def test_a_warning_that_was_accepted_is_one_again(shell: Shell) -> None:
    assert shell.type("containers", "stop", "mail").exit == 0
    (line,) = attention(shell, "pryvio_mail is exited")
    accept = line.partition("if this is intended: ")[2]
    assert paste(accept).exit == 0
    (line,) = attention(shell, "pryvio_mail is exited")
    assert line.startswith("INFO")
    (back,) = commands_in(line.partition("To make it a warning again: ")[2] + ".")
    assert paste(back).exit == 0
    (line,) = attention(shell, "pryvio_mail is exited")
    assert line.startswith("WARNING")
    assert shell.type("containers", "start", "mail").exit == 0


@pytest.mark.parametrize("act", ["undo", "release"])
def test_what_was_moved_aside_is_put_back_or_let_go(shell: Shell, act: str) -> None:
    whole = min(path.name for path in Path(shell.settings.vault).glob("2*Z"))
    newer = root_of(shell) / "pryv/core/conf/newer"
    newer.touch()
    assert shell.type("restore", whole, "--confirm", DOMAIN).exit == 0
    assert not newer.exists()
    (line,) = attention(shell, "moved aside by the run")
    undo, _, release = line.partition("Put it back: ")[2].partition("; or remove it for good: ")
    assert paste(undo if act == "undo" else release).exit == 0
    assert newer.exists() is (act == "undo")
    assert attention(shell, "moved aside by the run") == []


def test_an_attachment_that_is_missing_comes_from_another_set(shell: Shell) -> None:
    whole = min(path.name for path in Path(shell.settings.vault).glob("2*Z"))
    root = root_of(shell)
    lost = next(
        path for path in (root / "pryv/core/data").rglob("attachments/*/*") if path.is_file()
    )
    content = lost.read_bytes()
    lost.unlink()
    os.utime(lost.parent, (1e9, 1e9))  # long before the backup
    told = shell.type("backup")
    assert told.exit == 3
    (line, *_) = [one for one in told.out.splitlines() if "Look for these files in an older" in one]
    (audit, *_) = commands_in(line.partition("All of them: ")[2] + ".")
    listed = paste(audit)
    assert lost.name in listed.out
    assert "What to do: Look for the file in another set: pryv-tui" in listed.out
    path = str(lost.relative_to(root))
    there = root.with_name("there")
    done = shell.type("restore", whole, "--files", path, "--to", str(there))
    assert done.exit == 0, done
    (came,) = [one for one in there.rglob(lost.name) if one.is_file()]
    assert came.read_bytes() == content
    came.rename(lost)
    assert shell.type("backup").exit == 0


# -- the vault -----------------------------------------------------------------------------------


def test_a_vault_whose_disk_is_not_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mount` is a stand-in: what it was called with is looked at, and then the disk is there."""
    asked = tmp_path / "asked"
    (tmp_path / "mount").write_text(f'#!/bin/sh\necho "$1" > {asked}\n')
    (tmp_path / "mount").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    told = doubt((), found(None, ROOT, unmounted=("UUID=AAAA", "/srv/the backup")))
    assert told is not None
    first, _, accept = told.remedy.partition(". To use this as the vault from now on: ")
    assert shell_line(first.removeprefix("Mount it: ")) == 0
    assert asked.read_text() == "/srv/the backup\n"
    assert doubt((), found("one")) is None
    assert shlex.split(accept) == ["pryv-tui", "accept", "vault"]


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "remedy", "mended"),
    [
        (
            "[[host]]\nname = 'a'\nstate = '/x'",
            "Move it above the first [[host]].",
            "state = '/x'\n[[host]]\nname = 'a'",
        ),
        (
            "[[host]]\nname = 'a'\nroto = '/x'",
            "A host's keys: ",
            "[[host]]\nname = 'a'\nroot = '/x'",
        ),
        ("[[host]]\nroot = '/x'", "Give it one.", "[[host]]\nname = 'a'\nroot = '/x'"),
        ("[suspicious_below]\nuser = 1", "These are: ", "[suspicious_below]\nusers = 1"),
        ("backup_every = 'daily'", 'Write it like "24h", "90m"', 'backup_every = "24h"'),
        (
            "drill_wait = '0'",
            'Write it like "24h", "90m", "7d". To start a drill that does not wait, use --wait 0;'
            " without this line it waits",
            "",
        ),
        ("drill_wait = '0'", 'Write it like "24h", "90m"', 'drill_wait = "90m"'),
        ("vault = ''", "Give it a value, or omit the line.", "vault = '/x'"),
        ("vault = ''", "Give it a value, or omit the line.", ""),
        (
            "root = '/x'\n[[host]]\nname='a'",
            "Write it below the [[host]] that it belongs to.",
            "[[host]]\nname='a'\nroot = '/x'",
        ),
        ("volt = '/x'", "The keys are: ", "vault = '/x'"),
    ],
)
def test_a_configuration_file_is_mended(
    tmp_path: Path, wrong: str, remedy: str, mended: str
) -> None:
    path = tmp_path / "pryv-tui.toml"
    path.write_text(wrong)
    told = refusal(lambda: resolve_settings(config=str(path), environment={}))
    assert told.remedy.startswith(remedy)
    if told.remedy.endswith(".") and ": " in told.remedy:
        choices = told.remedy.partition(": ")[2].rstrip(".").split(", ")
        assert any(f"{choice} =" in mended for choice in choices)
    path.write_text(mended)
    assert resolve_settings(config=str(path), environment={})


def test_a_docker_context_is_chosen_or_the_engine_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker` is a stand-in, which writes what `docker context use` writes."""
    docker_context(tmp_path, "far")
    config = tmp_path / ".docker/config.json"
    config.write_text(json.dumps({"currentContext": "gone"}))
    (tmp_path / "docker").write_text(
        '#!/bin/sh\n[ "$2" = ls ] && echo far\n'
        f'[ "$2" = use ] && echo "{{\\"currentContext\\": \\"$3\\"}}" > {config}\nexit 0\n'
    )
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environment = {"HOME": str(tmp_path)}
    told = refusal(lambda: find_endpoint(None, environment))
    assert find_endpoint("unix:///a.sock", environment).url == "unix:///a.sock"
    look, choose, _ = told.remedy.removeprefix("To see the contexts: ").split("; ")
    assert shell_line(look) == 0
    assert shell_line(choose.removeprefix("choose one: ").replace("NAME", "far")) == 0
    assert find_endpoint(None, environment).url == CONTEXT_URL
