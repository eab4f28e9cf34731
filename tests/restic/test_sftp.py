"""A repository on another machine, over SFTP: OpenSSH's real server, on the loopback address."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.verify import verify_set
from tests.helpers.waiting import until
from tests.restic.kit import Offsite
from tests.restic.repositories import needed, together

SSHD = "/usr/sbin/sshd"
PATIENCE = 60.0

pytestmark = [
    needed,
    together,
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd has to be started by root"),
    pytest.mark.skipif(
        not Path(SSHD).exists() and not os.environ.get("PRYV_TUI_REQUIRE_ENGINE"),
        reason="sshd is not installed: apt-get install openssh-server",
    ),
]


class Server:
    """An SSH server of this test's own, and an operator's configuration that leads to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
            )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/user.pub\nPidFile none\nUsePAM no\nStrictModes no\n"
            "PasswordAuthentication no\nPermitRootLogin prohibit-password\n"
            "Subsystem sftp internal-sftp\n"
        )
        host_key = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {host_key}")
        (folder / "config").write_text(
            f"Host offsite\n  HostName 127.0.0.1\n  Port {self.port}\n  User root\n"
            f"  IdentityFile {folder}/user\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {folder}/known\n  BatchMode yes\n"
        )
        (folder / "bin").mkdir()
        ssh = folder / "bin/ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
        ssh.chmod(0o755)
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # Where it locks itself up before anybody has logged in (sshd(8), "FILES").
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        log = self.folder / "log"
        self.process = subprocess.Popen(
            [SSHD, "-D", "-f", self.folder / "sshd_config", "-E", log],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process = self.process

        def listens() -> bool:
            assert process.poll() is None, log.read_text()
            return log.exists() and "Server listening" in log.read_text()

        until(listens)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)
            self.process = None


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(tmp_path / "ssh")
    monkeypatch.setenv("PATH", f"{made.folder}/bin:{os.environ['PATH']}")
    made.start()
    yield made
    made.stop()


def test_a_set_goes_to_another_machine_and_comes_back(
    server: Server, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsite = Offsite(tmp_path, f"sftp:offsite:{repository}", monkeypatch)
    set_id = offsite.backup()
    before = offsite.platform.contents()
    assert verify_set(offsite.vault, offsite.vault.resolve(set_id)).outcome == "good"
    for role in ("core", "register", "static-web"):
        offsite.platform.wipe(role)
    offsite.lose_machine()
    assert offsite.run("restore", set_id=set_id).outcome == "complete"
    assert offsite.platform.contents() == before

    # The other machine is away: nothing is lost, and what is here is named.
    server.stop()
    with pytest.raises(PryvTuiError) as caught:
        offsite.vault.sets()
    assert caught.value.name == "repository"
    assert f"--vault {offsite.vault.folder}" in caught.value.remedy
    assert set_id in caught.value.remedy
    refused = offsite.run("backup")
    assert refused.outcome == "failed"
    assert offsite.platform.contents() == before
    server.start()
    assert offsite.run("backup").outcome == "complete"
