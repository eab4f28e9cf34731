"""A set from elsewhere: whatever it says of itself, nothing of it acts on the terminal."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from textual.content import Content

from pryv_tui.cli.main import cli
from pryv_tui.tui.text.sets import set_details, set_row
from pryv_tui.vault.manifest import SetManifest, encode
from pryv_tui.vault.vault import Vault
from tests.operations.kit import manifest_of, part

EVIL = [
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m\x9d0;x\x9c",
    "50%\rdone",
    "one\nOK      vault: all is well",
    "\x08\x08\x7f\x00",
]


def acts(text: str) -> bool:
    """Whether a terminal would do something at a character of this text."""
    return any(unicodedata.category(c) == "Cc" and c not in "\t\n" for c in text)


def said_by(evil: str, name: str) -> SetManifest:
    """A set whose every sentence is hostile."""
    one = msgspec.structs.replace(part("core", "core"), notes=(f"a note {evil} of a file",))
    return manifest_of(one, id=name, warnings=(f"a warning {evil} of a run",))


def vault_of(folder: Path, evil: str, **problems: Any) -> Vault:
    vault = Vault(folder / "vault")
    name = vault.new_id(now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    vault.complete(vault.begin(name), said_by(evil, name), "guide")
    told = {"time": f"2026-01-02T03:04:05Z{evil}", "outcome": "bad", "files": 1, "bytes": 1}
    told["problems"] = [f"core: a file {evil} differs"]
    (vault.folder / name / "verified.json").write_text(json.dumps({**told, **problems}))
    return vault


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize(
    "words", [("list",), ("list", "--json"), ("verify", "latest"), ("verify", "20260102")]
)
def test_the_command_line_passes_nothing_on(
    tmp_path: Path, evil: str, words: tuple[str, ...]
) -> None:
    vault = vault_of(tmp_path, evil)
    options = ["--vault", str(vault.folder), "--state", str(tmp_path / "state")]
    done = CliRunner().invoke(cli, [*words, *options])
    assert done.output.strip()
    assert not acts(done.output)
    if words == ("list",):
        assert len(done.output.splitlines()) == 2, "a heading and one line for one set"
        assert "a file" in done.output
    if "--json" in words:
        assert "a warning" in json.loads(done.output)[0]["warnings"][0]


@pytest.mark.parametrize("evil", EVIL)
def test_the_interface_shows_it_as_pictures(tmp_path: Path, evil: str) -> None:
    (found,) = vault_of(tmp_path, evil).sets()
    (good,) = vault_of(tmp_path / "good", evil, outcome="good").sets()
    for text in (set_row(found), set_details(found), set_row(good), set_details(good)):
        assert isinstance(text, Content)
        assert not acts(text.plain)
    assert "a note" in set_details(good).plain
    assert "\nOK" not in set_details(found).plain


@pytest.mark.parametrize("field", ["engine", "release", "image", "service"])
def test_what_goes_into_commands_is_refused(tmp_path: Path, field: str) -> None:
    one = part("core", "core")
    if field in ("image", "service"):
        image = msgspec.structs.replace(one.images[0], **{field: "x\x1b[2J"})
        one = msgspec.structs.replace(one, images=(image,))
    else:
        one = msgspec.structs.replace(one, **{field: "x\x1b[2J"})
    vault = Vault(tmp_path)
    name = "20260102T030405Z"
    folder = vault.begin(name).rename(tmp_path / name)
    (folder / "set.json").write_bytes(encode(manifest_of(one, id=name)))
    (found,) = vault.sets()
    assert (found.state, found.manifest) == ("damaged", None)
    assert not acts(found.problem)
