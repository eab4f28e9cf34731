"""`doctor` tries the key that signs drills which nobody attends, and what it advises is done."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from pryv_tui.cli.main import cli
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing.own_key import key_lines
from pryv_tui.operations.guards.line import GuardLine
from tests.drills.held import RUN, hold, settings_of
from tests.helpers import copied

UNSIGNED = "the record of a drill that a timer holds stays unsigned"


def make(at: Path, passphrase: str = "") -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "x", "-f", str(at)]
    subprocess.run(words, check=True)
    return at


def line_of(folder: Path, key: Path) -> GuardLine:
    (found,) = key_lines(msgspec.structs.replace(settings_of(folder), drill_key=str(key)))
    return found


def do(remedy: str) -> None:
    """Perform the command in a remedy."""
    command = remedy.split(": ", 1)[1].split("; then")[0]
    assert command.startswith(("ssh-keygen ", "chmod ", "ls ")), command
    subprocess.run(["bash", "-c", command], check=True, capture_output=True)


def test_a_key_that_signs_is_ok_and_nothing_is_asked_where_none_is_named(tmp_path: Path) -> None:
    assert key_lines(settings_of(tmp_path)) == []
    found = line_of(tmp_path, make(tmp_path / "key"))
    assert found.outcome == "ok"
    assert f"{tmp_path}/key, tried as a timer would use it, SHA256:" in found.text


def passphrase(key: Path) -> None:
    make(key, "secret")


def no_key(key: Path) -> None:
    key.write_text("no key\n")
    key.chmod(0o600)


def public_alone(key: Path) -> None:
    """That of a key which an agent holds: a timer has none."""
    made = make(key.with_name("held"))
    shutil.copy(f"{made}.pub", key)
    key.chmod(0o600)
    made.unlink()


def of_another(key: Path) -> None:
    os.chown(make(key), 12345, 12345)


def a_folder(key: Path) -> None:
    key.mkdir()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda _key: None, "is not there"),
        (a_folder, "is not a file"),
        # In ssh-keygen's own words: which cause it has is not ours to guess.
        (passphrase, "did not sign without a person there; ssh-keygen: "),
        (passphrase, "incorrect passphrase supplied to decrypt private key"),
        (no_key, "Couldn't load public key"),
        (public_alone, "No private key found for"),
        (of_another, "belongs to the user 12345"),
    ],
)
def test_one_that_can_not_sign_is_told_with_a_way_out(
    tmp_path: Path, how: Callable[[Path], object], said: str
) -> None:
    if how is of_another and os.geteuid() != 0:
        pytest.skip("another owner needs root")
    key = tmp_path / "the key"
    how(key)
    found = line_of(tmp_path, key)
    assert found.outcome == "warning"
    assert said in found.text
    assert found.text.endswith(UNSIGNED) is (how is not of_another)
    if found.remedy.startswith("Move it away"):
        key.rename(tmp_path / "away")
    do(found.remedy.removeprefix("Move it away. "))
    mended = key if key.is_file() and "unattended" not in found.remedy else None
    made = mended or key.with_name(f"{key.name}_unattended")
    assert shlex.quote(str(made)) in found.remedy
    assert line_of(tmp_path, made).outcome == "ok"


def test_one_that_may_not_be_looked_at_is_asked_about_by_who_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look at everything: what another would find is passed on here."""
    key = make(tmp_path / "key")
    look, reached = Path.stat, os.access

    def closed(self: Path, **more: bool) -> os.stat_result:
        if self == key:
            raise PermissionError(13, "Permission denied")
        return look(self, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", closed)
        found = line_of(tmp_path, key)
    assert "can't be checked: Permission denied" in found.text
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: path != key and reached(path, mode))
        unread = line_of(tmp_path, key)
    assert "can't be read by the current user" in unread.text
    assert found.remedy == unread.remedy
    do(found.remedy.replace("Run this as the user who holds the drills, or see", "See"))


def test_one_that_others_may_use_is_closed_to_them(tmp_path: Path) -> None:
    key = make(tmp_path / "key")
    key.chmod(0o644)
    found = line_of(tmp_path, key)
    assert found.outcome == "warning"
    assert "others may use the key" in found.text and "0644" in found.text
    do(found.remedy)
    assert line_of(tmp_path, key).outcome == "ok"


def test_doctor_has_a_line_of_it(tmp_path: Path) -> None:
    folder, config = tmp_path / "platform", tmp_path / "config.toml"
    copied.new(folder, users=1, attachments=1)
    config.write_text(f"drill_key = '{tmp_path / 'key'}'\n")
    words = ["doctor", "--json", "--practice", str(folder), "--config", str(config)]
    for outcome in ("warning", "ok"):
        told = CliRunner().invoke(cli, words)
        (mine,) = [one for one in json.loads(told.stdout) if one["name"] == "drill key"]
        assert mine["outcome"] == outcome
        assert outcome == "ok" or mine["remedy"].startswith(
            "Make a key only for drills: ssh-keygen"
        )
        assert outcome == "ok" or told.exit_code == 3
        make(tmp_path / "key") if outcome == "warning" else None


def test_the_reviewer_s_is_not_the_one_that_signs(tmp_path: Path) -> None:
    operator, reviewer = make(tmp_path / "operator"), make(tmp_path / "reviewer")
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    sign_drill(settings, RUN, operator)
    review_drill(settings, RUN, reviewer, verdict="accepted", text="looked at it", by="berta")
    assert line_of(tmp_path, operator).outcome == "ok"
    found = line_of(tmp_path, reviewer)
    assert found.outcome == "warning"
    assert f"is the one with which the drill {RUN} was reviewed" in found.text
    assert UNSIGNED not in found.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "echo 'ssh-keygen: the token is not plugged in' >&2; exit 255",
            "the token is not plugged in",
        ),
        ("exit 7", "it exited with 7, without output"),
    ],
)
def test_whatever_keeps_it_from_signing_is_told_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    program = tmp_path / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    key = make(tmp_path / "key")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    found = line_of(tmp_path, key)
    assert told in found.text and "passphrase" not in found.text and "agent" not in found.text


def test_without_ssh_keygen_it_is_said_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make(tmp_path / "key")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = line_of(tmp_path, key)
    assert (found.outcome, found.remedy) == (
        "warning",
        "Install it: apt-get install openssh-client",
    )


def test_an_agent_that_would_sign_is_not_asked(tmp_path: Path) -> None:
    """What it would hold is not there for a timer."""
    key = make(tmp_path / "key", "secret")
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    told = dict(part.split("=", 1) for part in agent.replace(";", "\n").split("\n") if "=" in part)
    asks = tmp_path / "asks"
    asks.write_text("#!/bin/sh\necho secret\n")
    asks.chmod(0o755)
    of_agent = {"SSH_AUTH_SOCK": told["SSH_AUTH_SOCK"]}
    more = {"SSH_ASKPASS": str(asks), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "x"}
    try:
        added = os.environ | of_agent | more
        subprocess.run(["ssh-add", str(key)], env=added, check=True, capture_output=True)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (of_agent | more).items():
                patch.setenv(name, value)
            assert line_of(tmp_path, key).outcome == "warning"
    finally:
        os.kill(int(told["SSH_AGENT_PID"]), 15)
