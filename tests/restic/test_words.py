"""Locations, passwords and answers of restic, as data."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import given_words
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.runs.launch import secrets_of
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.protocol import (
    Snapshot,
    check_environment,
    check_location,
    failure,
    local_path,
    shown,
    snapshots_of,
)


def settings(vault: str, **environment: str) -> Settings:
    return resolve_settings(vault=vault, state="/s", environment=environment)


@pytest.mark.parametrize(
    ("vault", "location", "folder"),
    [
        ("restic:/srv/restic", "/srv/restic", True),
        ("restic:/srv/../srv/restic", "/srv/restic", True),
        ("restic:local:/srv/restic", "/srv/restic", True),
        ("restic:sftp:root@host:/srv/restic", "sftp:root@host:/srv/restic", False),
        ("restic:s3:s3.example.com/bucket", "s3:s3.example.com/bucket", False),
        ("restic:rest:https://host:8000/", "rest:https://host:8000/", False),
        ("restic:", "", False),
    ],
)
def test_a_vault_may_be_a_repository(vault: str, location: str, folder: bool) -> None:
    found = settings(vault, RESTIC_REPOSITORY="/elsewhere")
    assert found.repository == location
    assert (local_path(location) is not None) is folder
    # Its working copies lie beside the usual vault, never in it, one folder a repository.
    assert Path(found.vault).parent == Path("/var/backups/pryv-restic")
    assert settings("restic:/other").vault != settings("restic:/srv/restic").vault
    assert settings(vault, PRYV_TUI_WORK="/work").vault == "/work"
    assert settings("/var/backups/pryv").repository is None


def test_a_relative_one_means_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings("restic:repo").repository == f"{tmp_path}/repo"
    assert given_words(vault="restic:repo") == ("--vault", f"restic:{tmp_path}/repo")
    remote = "restic:sftp:host:/srv"
    assert given_words(vault=remote) == ("--vault", remote)


@pytest.mark.parametrize(
    "vault",
    [
        "restic:rest:https://me:secret@host/",
        "restic:rest:https://me:se/secret@host/",
        "restic:rest:https://me:p@secret@host/",
        "restic:rest:https://:secret@host/",
        "restic:rest:https://backup@clinic.org:secret@host/x",
        "restic:rest:https://me:12/secret@host/",
        "restic:rest:https://me:12/a@secret@host/",
        "restic:rclone::s3,access_key=a,secret_access_key=secret:bucket",
        "restic:rclone::webdav,url=x,bearer_token=secret:/srv",
        "restic:rclone:remote,client_secret=secret:/srv",
        "restic:rclone:remote,key_pem='secret':/srv",
        "restic:rclone:my remote,anything=secret:/srv",
        "restic:azure:container:/?sig=secret",
        "restic:s3:http://a:secret@c/d",
        "restic:rclone:sftp,host=h,pass=secret:/srv",
        "restic:rclone:s3,access_key=secret:bucket",
        "restic:s3:https://host/bucket?token=secret",
    ],
)
def test_a_password_in_a_location_is_refused_and_not_repeated(vault: str) -> None:
    with pytest.raises(PryvTuiError) as caught:
        settings(vault)
    assert caught.value.name == "usage"
    assert "secret" not in caught.value.what + caught.value.remedy
    assert "RESTIC_REPOSITORY_FILE" in caught.value.remedy
    assert "***" in shown(vault)


@pytest.mark.parametrize(
    "location",
    [
        "rest:https://host:8000/path/",
        "rest:https://[::1]:8000/",
        "rest:https://me@[::1]:8000/",
        "rest:https://me@clinic.org@host:8000/",
        "rest:https://me@host:8000/",
        "sftp:me@host:/srv/a@b",
        "sftp://me@host:2222//srv",
        "s3:s3.example.com/bucket/monkey=1",
        "rclone:remote:path",
        "rclone:remote:a,b=c",
        "rclone:/srv/a,b",
        "/srv/a:b@c",
    ],
)
def test_what_holds_no_password_is_taken_as_it_is(location: str) -> None:
    check_location(location)
    assert shown(location) == location


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
PATHS = {"PATH": os.environ["PATH"]}
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C"), exclude_characters='"'))


@given(user=TEXT, before=TEXT, after=TEXT)
def test_whatever_a_password_is_it_is_refused_and_shown_nowhere(
    user: str, before: str, after: str
) -> None:
    location = f"rest:https://{user}:{before}S3CRET{after}@host/x"
    with pytest.raises(PryvTuiError) as caught:
        check_location(location)
    assert "S3CRET" not in caught.value.what + caught.value.remedy
    assert "S3CRET" not in shown(location)


@given(user=PLAIN, before=PLAIN, after=PLAIN)
def test_nor_is_it_where_restic_says_it(user: str, before: str, after: str) -> None:
    """Of a repository that its own environment names."""
    said = f'Fatal: parse "https://{user}:{before}S3CRET{after}@host/x": invalid userinfo'
    told = failure(said, 1, "", "read")
    assert "S3CRET" not in told.what
    assert "invalid userinfo" in told.what
    told = failure(said.replace('"', ""), 1, "", "read")
    assert "S3CRET" not in told.what


@pytest.mark.parametrize(
    ("location", "environment", "fine"),
    [
        ("/r", {"RESTIC_PASSWORD": "p"}, True),
        ("/r", {"RESTIC_PASSWORD_FILE": "/f"}, True),
        ("/r", {"RESTIC_PASSWORD_COMMAND": "pass"}, True),
        ("/r", {}, False),
        ("/r", {"RESTIC_PASSWORD": ""}, False),
        ("", {"RESTIC_PASSWORD": "p"}, False),
        ("/r", {"RESTIC_PASSWORD_FILE": "password"}, False),
        ("/r", {"RESTIC_PASSWORD": "p", "RESTIC_CACHE_DIR": "cache"}, False),
        ("/r", {"RESTIC_PASSWORD": "p", "RESTIC_CACHE_DIR": "/cache"}, True),
        ("", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY": "r"}, False),
        ("", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY": "local:r"}, False),
        ("", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY": "sftp:host:r"}, True),
        ("/r", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY": "r"}, True),
        ("", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY": "/r"}, True),
        ("", {"RESTIC_PASSWORD": "p", "RESTIC_REPOSITORY_FILE": "/f"}, True),
    ],
)
def test_restic_is_never_left_to_ask(
    location: str, environment: dict[str, str], fine: bool
) -> None:
    if fine:
        check_environment(location, environment)
    else:
        with pytest.raises(PryvTuiError):
            check_environment(location, environment)


@pytest.mark.parametrize("name", ["../../etc", "/etc", "..", "", "a/b", "a\0b"])
def test_a_snapshot_is_called_nothing_that_leads_elsewhere(name: str) -> None:
    """What is known of one lies in a folder of its name, which goes with it."""
    told = [
        {"id": name, "time": "2026-01-01T00:00:00Z", "tags": ["pryv-tui", "set:20260101T000000Z"]}
    ]
    with pytest.raises(PryvTuiError, match="with an impossible id") as caught:
        snapshots_of(msgspec.json.encode(told), "/srv/a vault")
    assert "restic -r '/srv/a vault' snapshots" in caught.value.remedy, "which one is said"
    assert caught.value.name == "repository"


def test_a_snapshot_is_a_set_only_by_both_tags() -> None:
    def tagged(*tags: str) -> str:
        return Snapshot("id", "2026-01-01T00:00:00Z", tags=tags).set_id

    assert tagged("pryv-tui", "set:20260101T000000Z-a") == "20260101T000000Z-a"
    assert tagged("set:20260101T000000Z") == ""
    assert tagged("pryv-tui") == ""
    assert tagged("pryv-tui", "sending:20260101T000000Z") == "", "it may lack anything"
    assert tagged("pryv-tui", "set:20260101T000000Z-a", "set:20260101T000000Z-b") == ""
    # It becomes the name of a folder here.
    for name in ("../../etc", "/etc", "20260101T000000Z-x.partial", "20260101T000000Z-x.removing"):
        assert tagged("pryv-tui", f"set:{name}") == ""
    assert tagged("pryv-tui", f"set:20260101T000000Z-{'x' * 300}") == ""
    assert Snapshot("id", "t").set_id == ""
    assert snapshots_of(b"null") == []
    with pytest.raises(PryvTuiError):
        snapshots_of(b"{")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_a_secret_survives_the_file_that_systemd_reads(value: str) -> None:
    """Read back by the rules of systemd.exec(5): in double quotes, a backslash before one of
    these stands for it."""
    lines = secrets_of({"RESTIC_PASSWORD": value, "HOME": "/root", "PRYV_CONF_ROOT": "/r"})
    assert lines.startswith('RESTIC_PASSWORD="')
    assert lines.endswith('"\n')
    read, escaped = "", False
    for letter in lines.removeprefix('RESTIC_PASSWORD="').removesuffix('"\n'):
        if escaped:
            assert letter in '"\\$`'
            read, escaped = read + letter, False
        elif letter == "\\":
            escaped = True
        else:
            assert letter not in '"$`'
            read += letter
    assert read == value


@pytest.mark.parametrize(
    ("trouble", "name"),
    [
        ("open /tmp/restic-temp-pack-1: no space left on device", "disk-full"),
        ('Get "https://host/data/ab": dial tcp: lookup host: no such host', "repository"),
        ("read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer", "repository"),
        ("dial tcp 10.0.0.2:443: connect: connection refused", "repository"),
        ("read tcp 10.0.0.1:5->10.0.0.2:443: i/o timeout", "repository"),
        ("", ""),
    ],
)
def test_a_full_disk_or_a_broken_connection_is_no_word_about_a_set(
    tmp_path: Path, trouble: str, name: str
) -> None:
    """restic says both at once."""
    stand_in = tmp_path / "restic"
    said = f"error for tree 1a2b: {trouble or 'hash does not match id'}"
    stand_in.write_text(
        "#!/bin/sh\n"
        'test "$1" = version && { echo "restic 0.14.0 compiled with go1.19"; exit; }\n'
        f"cat >&2 <<'END'\n{said}\nFatal: repository contains errors\nEND\nexit 1\n"
    )
    stand_in.chmod(0o755)
    restic = Restic("/r", program=str(stand_in), environment={"RESTIC_PASSWORD": "p", **PATHS})
    if not trouble:
        assert said in restic.check(on_output=lambda *_: None)
        return
    with pytest.raises(PryvTuiError) as caught:
        restic.check(on_output=lambda *_: None)
    assert caught.value.name == name
    assert name == "disk-full" or trouble in caught.value.what
    assert "contains errors" not in caught.value.what
