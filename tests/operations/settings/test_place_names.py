"""A name that looks like a place on another machine is refused, with the spelling that means it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import resolve_settings

ELSEWHERE = [
    ("sftp:backup@host:/srv", "restic:sftp:backup@host:/srv"),
    ("sftp://backup@host/srv/x", "restic:sftp://backup@host//srv/x"),
    ("ssh://backup@host:23/srv", "restic:sftp://backup@host:23//srv"),
    ("backup@host:/srv", "restic:sftp:backup@host:/srv"),
    ("backup@host:srv", "restic:sftp:backup@host:srv"),
    ("host:/srv", "restic:sftp:host:/srv"),
    ("[::1]:/srv", "restic:sftp:[::1]:/srv"),
    ("s3:https://s3.example/b", "restic:s3:https://s3.example/b"),
    ("s3:bucket", "restic:s3:bucket"),
    ("S3:bucket/x", "restic:s3:bucket/x"),
    ("rclone:remote:path", "restic:rclone:remote:path"),
    ("https://user.example/x", "restic:rest:https://user.example/x"),
    ("Restic:/srv/x", "restic:/srv/x"),
    ("RESTIC:sftp:host:/x", "restic:sftp:host:/x"),
    ("rsync://host/module", "Mount it"),
    ("host::module/x", "Mount it"),
    ("backup@host::module", "Mount it"),
    ("backup@host/srv", "restic:sftp:backup@host:/srv"),
    ("backup@host", "Mount it"),
    ("10.0.0.5/srv", "restic:sftp:10.0.0.5:/srv"),
    ("--json", "./--json"),
    ("-", "./-"),
    ("/media/*/backup", "one folder"),
    ("/mnt/disk?", "one folder"),
    ("/srv/{a,b}", "one folder"),
    ("/srv/`hostname`", "Write its value instead"),
    ("/srv/{{ vault }}", "Write its value instead"),
    ("/srv/<host>", "Write its value instead"),
    ("\u200b/srv/x", "/srv/x"),
    ("\ufeff/srv/x\u202c", "/srv/x"),
    ("\u201c/srv/x\u201d", "/srv/x"),
    ("smb://server/share", "Mount it"),
    ("nfs://server/export", "Mount it"),
    ("//server/share", "Mount it"),
    ("\\\\server\\share", "Mount it"),
    ("C:\\backup", "/C:/backup"),
    ("file:///srv/x", "/srv/x"),
    ("file:/srv/x", "/srv/x"),
    ("~/backup", "/home/me/backup"),
    ("~", "/home/me"),
    ("~nobody-of-that-name/x", "./~nobody-of-that-name/x"),
    ("$HOME/backup", "/home/me/backup"),
    ("${VAULT_OF_NOBODY}/x", "Write its value instead"),
    ("/srv/$VAULT_OF_NOBODY", "Write its value instead"),
    ('"/srv/x"', "/srv/x"),
    ("'/srv/x'", "/srv/x"),
    (" /srv/x", "/srv/x"),
    ("/srv/x ", "/srv/x"),
    ("/srv/x\n", "/srv/x"),
    ("/srv\x1b[1m", "only the folder"),
    ("/srv\0x", "only the folder"),
]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")


def refused(**words: Any) -> PryvTuiError:
    with pytest.raises(PryvTuiError) as caught:
        resolve_settings(**{"environment": {}, **words})
    assert caught.value.exit == 2
    return caught.value


@pytest.mark.parametrize(("name", "way"), ELSEWHERE)
def test_a_vault(name: str, way: str, tmp_path: Path) -> None:
    for words in (
        {"vault": name},
        {"vault": name, "practice": "/p"},
        {"environment": {"PRYV_TUI_VAULT": name}},
    ):
        assert way in refused(**words).remedy
    escaped = name.encode("unicode_escape").decode().replace("\\x", "\\u00").replace('"', '\\"')
    file = tmp_path / "pryv-tui.toml"
    file.write_text(f'domain = "x"\n\nvault = "{escaped}"\n')
    error = refused(config=str(file))
    assert (error.name, way in error.remedy) == ("config", True)
    assert f"{file}, line 3" in error.what


@pytest.mark.parametrize("name", [name for name, _way in ELSEWHERE])
def test_no_other_folder_either(name: str) -> None:
    for words in (
        {"state": name},
        {"root": name},
        {"practice": name},
        {"environment": {"PRYV_TUI_STATE": name}},
        {"environment": {"PRYV_CONF_ROOT": name}},
        {"vault": "restic:/r", "environment": {"PRYV_TUI_WORK": name}},
    ):
        assert "restic:" not in refused(**words).remedy


@pytest.mark.parametrize(
    "name", ["user@host:/srv", "~/repository", "//server/share", "file:///srv", "http://h/x"]
)
def test_a_repository_that_is_no_folder(name: str) -> None:
    assert refused(vault=f"restic:{name}").remedy


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("/srv/x", "/srv/x"),
        ("///srv//x/", "/srv/x"),
        ("/srv/a:b", "/srv/a:b"),
        ("/srv/~x", "/srv/~x"),
        ("/srv/user@host", "/srv/user@host"),
        ("/srv/[old]-{1}<2", "/srv/[old]-{1}<2"),
        ("/srv/-x", "/srv/-x"),
        ("/srv/a\u200db", "/srv/a\u200db"),
        ("/srv/with blank", "/srv/with blank"),
        ("/srv/é", "/srv/é"),
    ],
)
def test_what_is_a_folder(name: str, meant: str) -> None:
    assert resolve_settings(vault=name, environment={}).vault == meant
    assert resolve_settings(environment={"PRYV_TUI_VAULT": name}).vault == meant
    assert resolve_settings(vault=name, environment={}).relative == ()


@pytest.mark.parametrize(
    "location",
    ["", "/srv/r", "local:/srv/r", "sftp:u@h:/srv", "s3:https://h/b", "rest:https://h/", "b2:b:p"],
)
def test_what_is_a_repository(location: str) -> None:
    found = resolve_settings(environment={"PRYV_TUI_VAULT": f"restic:{location}"})
    assert found.repository == location.removeprefix("local:")


@pytest.mark.parametrize(
    "name",
    ["./host:x", "./~x", "./s3:b", "plain", "../up", "./--json", "./u@h", "1.2.3", "@eaDir"],
)
def test_relative_on_the_command_line_and_said(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    found = resolve_settings(vault=name, environment={})
    assert Path(found.vault).parent in (tmp_path, tmp_path / "here")
    assert found.relative == (f"--vault {name} is {found.vault}",)
    for variable in ("PRYV_TUI_VAULT", "PRYV_TUI_STATE", "PRYV_CONF_ROOT"):
        error = refused(environment={variable: name})
        assert "relative" in error.what and found.vault in error.remedy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\nvault = 'x'\n", 2),
        ("state = 'x'", 1),
        ("domain = 'x'\nwork = 'x'\nvault = 'restic:/r'\n", 2),
        ("vault = 'restic:r'", 1),
        ("[[host]]\nname = 'a'\n\n# its root\nroot = 'x'", 5),
    ],
)
def test_nor_in_the_file(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "pryv-tui.toml"
    file.write_text(text)
    error = refused(config=str(file))
    assert error.name == "config" and f"line {line}" in error.what
