"""After the platform was called otherwise, what was restored before that is known still, and the
doctor compares with the sets of the former domain as the overview does."""

from __future__ import annotations

import shutil
from pathlib import Path

from pryv_tui.operations.comparing.former import also_mine
from pryv_tui.runs.record.undos import brought_back
from tests.operations.emptied.test_emptied import DOMAIN, root_of, site_of
from tests.remedies.shell import Shell

NOW = "renamed.pryv.example"


def renamed(shell: Shell) -> None:
    """The platform is called otherwise from now on, where its files say it."""
    for root in (shell.platform.folder / "hosts").glob("*/root"):
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.suffix in (".yml", ".conf"):
                content = path.read_bytes()
                if DOMAIN.encode() in content:
                    path.write_bytes(content.replace(DOMAIN.encode(), NOW.encode()))


def databases_gone(shell: Shell, host: str) -> None:
    data = root_of(shell, host) / "pryv/influxdb/data"
    for kind in ("data", "wal"):
        for folder in (data / kind).glob("user.*"):
            shutil.rmtree(folder)


def test_the_doctor_knows_what_was_lost_after_a_rename(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    renamed(shell)
    site = site_of(shell)
    deployment = site.discover()
    assert deployment.domain == NOW
    assert also_mine(site, deployment, site.vault.sets()) == {DOMAIN}
    said = f"has none of the databases that {shell.latest} holds"
    assert said not in shell.type("doctor").out
    databases_gone(shell, "core")
    assert said in shell.type("status").out
    done = shell.type("doctor")
    assert done.exit == 3 and said in done.out


def test_an_older_restore_is_known_after_a_rename(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", users=2)
    first = shell.latest
    # What the newest set holds and the restored one does not is not missed.
    shell.platform.grow(users=0, points=5)
    assert shell.backup() != first
    done = shell.type("restore", first, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    renamed(shell)
    site = site_of(shell)
    deployment = site.discover()
    also = also_mine(site, deployment, site.vault.sets())
    assert also == {DOMAIN}
    assert brought_back(site, deployment) == {}, "of another platform, as far as that tells"
    assert {one.set_id for one in brought_back(site, deployment, also).values()} == {first}
    for command in ("status", "doctor"):
        assert "gone (" not in shell.type(command).out
