"""A vault that others can write is told, each time, until a person has accepted it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.journeys.program import Ended, Practice

DOMAIN = "practice.pryv.example"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to other users: needs root")


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return Practice.create(tmp_path / "p", "--users", 1, "--attachments", 1)


def warned(done: Ended) -> list[str]:
    return [e["text"] for e in done.events if e["event"] == "guard" and e["name"] == "vault owner"]


def test_one_that_everybody_can_write(practice: Practice, tmp_path: Path) -> None:
    vault = tmp_path / "open"
    vault.mkdir()
    vault.chmod(0o777)
    at = ("--vault", vault)
    backup = practice.run(*at, "backup", "--json")
    assert backup.exit == 3
    assert f"everybody can write to {vault}" in warned(backup)[0]
    assert f"chmod go-w {vault}" in practice.run(*at, "doctor").out
    restore = practice.run(*at, "restore", "latest", "--confirm", DOMAIN, "--json")
    assert restore.exit == 3 and warned(restore)
    vault.chmod(0o755)
    backup = practice.run(*at, "backup", "--json")
    assert backup.exit == 0 and not warned(backup)


def test_it_is_accepted_until_it_is_another(practice: Practice, tmp_path: Path) -> None:
    vault = tmp_path / "holder/open"
    vault.mkdir(parents=True)
    vault.chmod(0o777)
    at = ("--vault", vault)
    assert practice.run(*at, "accept", "vault-owner").exit == 0
    assert practice.run(*at, "backup").exit == 0
    vault.chmod(0o755)
    vault.parent.chmod(0o777)
    again = practice.run(*at, "backup", "--json")
    assert again.exit == 3
    assert f"everybody can write to {vault.parent}" in warned(again)[0]


@AS_ROOT
def test_a_strangers(practice: Practice, tmp_path: Path) -> None:
    vault = tmp_path / "theirs"
    vault.mkdir()
    os.chown(vault, 4711, 4711)
    done = practice.run("--vault", vault, "backup", "--json")
    assert done.exit == 3
    assert "belongs to the user 4711" in warned(done)[0]
