"""The configuration file: each fault is told with its line."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import resolve_settings


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[host]]\nname = 'a'\nvault = '/x'\n", 3, "whole file"),
        ("[[host]]\nname = 'a'\n[[host]]\nname = 'b'\n\nstate = '/x'\n", 6, "whole file"),
        ("[[host]]\nname = 'a'\nsuspicious_below = 5\n", 3, "whole file"),
        ("[[host]]\nname = 'a'\nroto = '/x'\n", 3, "`root`?"),
        ("[[host]]\nname = 'a'\nengine = 'x'\n", 3, "no key `engine`"),
        ("[[host]]\nname = 'a'\n[host.root]\npath = '/x'\n", 3, "text in quotes"),
        ("domain = 'x'\nroot = '/x'\n[[host]]\nname='a'\n", 2, "belongs to a host"),
        ("# a word\n\n[host]\nname = 'a'\n", 3, "[[host]]"),
        ("host = 'a'\n", 1, "[[host]]"),
        ("host = ['a']\n", 1, "[[host]]"),
        ("host.name = 'a'\n", 1, "[[host]]"),
        ("[[hosts]]\nname = 'a'\n", 1, "`host`?"),
        ("[vault]\npath = '/x'\n", 1, "text in quotes"),
        ("domain = '''\na\n'''\nvault = ''\n", 4, "is empty"),
        ("vault = ' '", 1, "is empty"),
        ("[[host]]\nname = 'a'\nroot = ''", 3, "is empty"),
        ("[[host]]\nname = 'a'\nroot = 5", 3, "text in quotes"),
        ("a = [\n 1,\n 2,\n]\n", 1, "there is no key `a`"),
        ("domain = 'x'\n[[host]]\nroot = '/a'\n", 2, "no `name`"),
        ("suspicious_below = 101", 1, "percent"),
        ("suspicious_below = true", 1, "percent"),
        ("backup_every = 24", 1, "text in quotes"),
        ("backup_every = 'daily'", 1, "how often a backup"),
        ("backup_every = '0h'", 1, "how often a backup"),
        ("backup_every = ' '", 1, "is empty"),
        ("verified_within = 24", 1, "text in quotes"),
        ("verified_within = 'always'", 1, "is valid for a restore"),
        ("domain = 'a'\nmongorestore_workers = 0", 2, "from 1 to 64, and not 0"),
        ("mongorestore_workers = 65", 1, "from 1 to 64"),
        ("mongorestore_workers = -4", 1, "from 1 to 64"),
        ("mongorestore_workers = true", 1, "and not True"),
        ("mongorestore_workers = 2.5", 1, "and not 2.5"),
        ("mongorestore_workers = '4'", 1, "and not '4'"),
        ("mongorestore_worker = 4", 1, "mongorestore_workers"),
        ("[[host]]\nname = 'a'\nmongorestore_workers = 4\n", 3, "whole file"),
        ("drill_every = 90", 1, "text in quotes"),
        ("domain = 'x'\ndrill_every = 'quarterly'", 2, "a drill is expected"),
        ("rto = '0h'", 1, "has to be back"),
        ("rpo = 'none'", 1, "may be lost"),
        ("[[host]]\nname = 'a'\nrto = '4h'\n", 3, "whole file"),
        ("[[host]]\nname = 'a'\nbackup_every = '24h'\n", 3, "whole file"),
        ("[[host]]\nname = 'a'\nscenarios = '/x'\n", 3, "whole file"),
        ("\nscenarios = 'own'\n", 2, "relative path"),
        ("\ndrill_key = 'own'\n", 2, "relative path"),
        ("[suspicious_below]\nusers = 90\nuser = 1", 3, "`users`?"),
        ("domain = 'x'\r\nvolt = 'y'\r\n", 2, "`vault`?"),
        ("domain = 'x'\n# \udcff\n", 2, "UTF-8"),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "pryv-tui.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PryvTuiError) as caught:
        resolve_settings(config=str(path), environment={})
    assert caught.value.name == "config"
    told = f"{caught.value.what} {caught.value.remedy}"
    assert f"{path}, line {line}: " in told and words in told


def test_what_makes_a_set_suspicious(tmp_path: Path) -> None:
    path = tmp_path / "pryv-tui.toml"
    path.write_text("suspicious_below = 80")
    found = resolve_settings(config=str(path), environment={})
    assert (found.limits.at("users"), found.limits.at("files")) == (0.8, 0.8)
    path.write_text("[suspicious_below]\nusers = 95\n")
    found = resolve_settings(config=str(path), environment={})
    assert (found.limits.at("users"), found.limits.at("files")) == (0.95, 0.5)


def test_how_often_a_backup_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "pryv-tui.toml"
    for text, seconds in (("24h", 86_400), ("1h30m", 5_400), ("7d", 604_800)):
        path.write_text(f"backup_every = '{text}'")
        practice = str(tmp_path / "platform")
        for found in (
            resolve_settings(config=str(path), environment={}),
            resolve_settings(config=str(path), practice=practice, environment={}),
        ):
            assert found.backup_every == seconds
    assert resolve_settings(environment={}).backup_every is None


def test_what_a_drill_is_judged_by_and_when_one_is_due(tmp_path: Path) -> None:
    path = tmp_path / "pryv-tui.toml"
    path.write_text("drill_every = '90d'\nrto = '4h'\nrpo = '26h'\n")
    for practice in (None, str(tmp_path / "platform")):
        found = resolve_settings(config=str(path), practice=practice, environment={})
        assert (found.drill_every, found.rto, found.rpo) == (7_776_000, 14_400, 93_600)
    assert resolve_settings(environment={}).rto is None


def refusal(path: Path) -> PryvTuiError:
    with pytest.raises(PryvTuiError) as caught:
        resolve_settings(config=str(path), environment={})
    assert caught.value.name == "not-private"
    return caught.value


def test_one_that_others_can_write_is_not_believed_until_it_is_closed(tmp_path: Path) -> None:
    """It says which engine is spoken to, and which folder is moved aside."""
    path = tmp_path / "pryv tui.toml"
    path.write_text("domain = 'x'")
    path.chmod(0o666)
    told = refusal(path)
    assert f"everybody can write to {path}" in told.what
    look, _, closes = told.remedy.partition(" (")[2].partition("); then keep others out: ")
    for command in (look, closes):
        subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)
    assert resolve_settings(config=str(path), environment={}).domain == "x"


def test_nor_one_in_a_folder_that_others_can_write(tmp_path: Path) -> None:
    """They could put another one in its place. Its remedy is to have it elsewhere."""
    path = tmp_path / "open/pryv-tui.toml"
    path.parent.mkdir()
    path.write_text("domain = 'x'")
    path.parent.chmod(0o777)
    told = refusal(path)
    assert (
        f"everybody can write to {path.parent}" in told.what and "copy it to where" in told.remedy
    )
    copied = path.rename(tmp_path / "pryv-tui.toml")
    assert resolve_settings(config=str(copied), environment={}).domain == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users: needs root")
def test_nor_a_strangers_nor_one_that_a_strangers_link_leads_to(tmp_path: Path) -> None:
    path, link = tmp_path / "pryv-tui.toml", tmp_path / "link"
    path.write_text("domain = 'x'")
    link.symlink_to(path)
    os.lchown(link, 4711, 4711)
    assert "belongs to the user 4711" in refusal(link).what
    os.chown(path, 4711, 4711)
    assert "belongs to the user 4711" in refusal(path).what


def test_what_a_restore_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pryv.toml"
    path.write_text("mongorestore_workers = 8\nverified_within = '90m'\n")
    for practice in (None, str(tmp_path / "practice")):
        found = resolve_settings(config=str(path), practice=practice, environment={})
        assert (found.mongorestore_workers, found.verified_within) == (8, 5400.0)
    usual = resolve_settings(environment={})
    assert (usual.mongorestore_workers, usual.verified_within) == (0, 86400.0)
