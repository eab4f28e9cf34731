"""Who is written down where the variables are none, or not the person's own: by real programs.

Each runs the program's own question in a process of its own.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.waiting import until

ASK = "from pryv_tui.who import who_is_here; who = who_is_here(); print(who.short, '|', who.how)"
ROOT = Path(__file__).parents[3]
ASKED = [sys.executable, "-c", ASK]


def said(*argv: str, **environment: str) -> str:
    done = subprocess.run(
        argv, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60, start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="it becomes another user")


def me() -> str:
    return said(*ASKED).partition(" (")[0]


def test_without_any_variable_and_terminal() -> None:
    assert said("env", "-i", *ASKED) == f"{me()} (no terminal) | no terminal"


def test_in_the_environment_of_a_timer() -> None:
    assert said(*ASKED, INVOCATION_ID="x").endswith("| systemd")
    # What is begun in a unit by way of something that clears its variables is of that unit.
    again = [sys.executable, "-c", f"import subprocess; subprocess.run({['env', '-i', *ASKED]!r})"]
    assert said(*again, INVOCATION_ID="x").endswith("| systemd")


@needs_root
@pytest.mark.skipif(shutil.which("sudo") is None, reason="sudo is not installed")
def test_behind_a_real_sudo_the_person_is_named_whatever_comes_between() -> None:
    for between in ([], ["env", "-i"], ["sudo", "-n"]):
        told = said("sudo", "-n", *between, *ASKED, PATH=os.environ["PATH"])
        assert told.startswith(f"{me()} ("), between


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A real sshd, and how one logs in there."""
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    if not Path(sshd).exists() or shutil.which("ssh") is None:
        pytest.skip("openssh-server is not installed")
    if os.geteuid() != 0:
        pytest.skip("a login is made as root")
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "own"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
        )
    Path("/run/sshd").mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"ListenAddress=127.0.0.1:{port}", f"HostKey={folder}/host", "StrictModes=no",
        f"AuthorizedKeysFile={folder}/own.pub", "PermitRootLogin=yes", "PidFile=none", "UsePAM=no",
    ]  # fmt: skip
    server = subprocess.Popen(
        [sshd, "-D", "-e", "-f", "/dev/null", *[f"-o{one}" for one in options]],
        stderr=(folder / "log").open("wb"),
    )
    until(lambda: b"listening" in (folder / "log").read_bytes(), "sshd listens")
    yield [
        "ssh", "-F", "none", "-p", str(port), "-i", f"{folder}/own", "-o", "BatchMode=yes",
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR", "root@127.0.0.1",
    ]  # fmt: skip
    server.terminate()
    server.wait(30)


def over_ssh(login: list[str], *argv: str, terminal: bool = False) -> str:

    command = f"cd {shlex.quote(str(ROOT))} && {shlex.join(argv)}"
    return said(
        login[0], *(["-tt"] if terminal else []), *login[1:], command, PATH=os.environ["PATH"]
    )


def test_a_login_without_a_terminal_tells_from_where(login: list[str]) -> None:
    assert over_ssh(login, *ASKED).endswith("(ssh) | ssh")
    # Also behind what clears the variables of the session.
    assert over_ssh(login, "env", "-i", *ASKED).endswith("(ssh) | ssh")
    if shutil.which("sudo"):
        assert over_ssh(login, "sudo", "-n", *ASKED).endswith("(ssh) | ssh")


def test_a_login_with_a_terminal_tells_from_where(login: list[str]) -> None:
    assert over_ssh(login, *ASKED, terminal=True).endswith("(127.0.0.1) | terminal")
