"""No set is complete that can't be read: what can't be told in one is refused before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.backup import names_guard
from pryv_tui.reading import SMALL
from pryv_tui.vault import vault as vault_module
from pryv_tui.vault.manifest import RecreatedFolder, SetManifest, decode, encode
from pryv_tui.vault.vault import Vault
from tests.journeys.program import Practice
from tests.operations.kit import manifest_of, part

BAD = ["a\tb", "a\nb", "\x1b[2J", "a\x7fb", "a\x85b", "a\udcffb"]
NAME = "20260102T030405Z"


@pytest.mark.parametrize("label", [*BAD, "x" * 201])
def test_a_label_that_could_not_be_read_again_is_refused(tmp_path: Path, label: str) -> None:
    practice = Practice.create(tmp_path / "p", "--users", 1, "--attachments", 1)
    word = os.fsdecode(os.fsencode(label)) if "\udcff" in label else label
    done = practice.run("backup", "--label", word)
    assert done.exit == 2, done.out + done.err
    assert "the label" in done.err
    assert "Traceback" not in done.err
    assert practice.sets() == []


@pytest.mark.parametrize("label", ["before upgrade", "für später", "日本", "x" * 200])
def test_one_that_can_is_taken(tmp_path: Path, label: str) -> None:
    practice = Practice.create(tmp_path / "p", "--users", 1, "--attachments", 1)
    assert practice.run("backup", "--label", label).exit == 0
    (made,) = practice.sets()
    assert (made["state"], made["label"]) == ("complete", label)


@pytest.mark.parametrize("bad", BAD)
def test_a_domain_or_a_root_that_could_not_be_is_a_failed_check(bad: str) -> None:
    (line,) = names_guard(bad, {"core": "/var/pryv"})
    assert (line.name, line.outcome) == ("domain", "failed")
    (line,) = names_guard("pryv.example", {"core": f"/var/{bad}", "register": "/var/pryv"})
    assert (line.name, line.outcome) == ("root core", "failed")
    assert names_guard("pryv.example", {"core": "/var/pryv größer"}) == []


@pytest.mark.parametrize("bad", BAD[:-1])
@pytest.mark.parametrize("field", ["label", "domain", "form", "release", "created"])
def test_the_last_look_keeps_it_from_being_a_set(tmp_path: Path, field: str, bad: str) -> None:
    """Whatever else let it through."""
    vault = Vault(tmp_path / "vault")
    partial = vault.begin(NAME)
    manifest = msgspec.structs.replace(manifest_of(part("core", "core"), id=NAME), **{field: bad})
    with pytest.raises(PryvTuiError) as caught:
        vault.complete(partial, manifest, "guide")
    assert caught.value.name == "check-failed"
    assert str(partial) in caught.value.what
    (only,) = vault.sets()
    assert only.state == "partial"


def test_nor_does_one_that_says_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault(tmp_path / "vault")
    partial = vault.begin(NAME)
    told = manifest_of(part("core", "core"), id=NAME)

    def other(manifest: SetManifest) -> bytes:
        return encode(msgspec.structs.replace(manifest, label="another"))

    monkeypatch.setattr(vault_module, "encode", other)
    with pytest.raises(PryvTuiError, match="does not contain what was written"):
        vault.complete(partial, told, "guide")
    assert [found.state for found in vault.sets()] == ["partial"]


def test_nor_does_one_that_says_more_than_is_read(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    partial = vault.begin(NAME)
    told = manifest_of(part("core", "core"), id=NAME, warnings=("x" * SMALL,))
    with pytest.raises(PryvTuiError, match="12582912 are read of it") as caught:
        vault.complete(partial, told, "guide")
    assert caught.value.name == "check-failed"
    assert [found.state for found in vault.sets()] == ["partial"]


def test_warnings_that_are_told_harmlessly_are_no_difference(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    told = manifest_of(part("core", "core"), id=NAME, warnings=("a\x1b[2Jwarning\nof two lines",))
    vault.complete(vault.begin(NAME), told, "guide")
    (only,) = vault.sets()
    assert only.state == "complete"


OURS = [".pryv-tui", ".pryv-tui/aside", ".pryv-tui/aside/20260101T000000Z-restore-abcd"]


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("where", ["recreated", "layout.recreated", "data", "dump"])
def test_a_set_has_no_word_in_what_lies_aside(path: str, where: str) -> None:
    """A folder that it wants made again would be given away, with what a restore moved there."""
    one = part("core", "core")
    replace = msgspec.structs.replace
    changed: dict[str, Any]
    if where == "recreated":
        changed = {"recreated": (RecreatedFolder(path, 4711, 4711, 0o777),)}
    elif where == "layout.recreated":
        changed = {"layout": replace(one.layout, recreated=(path,))}
    else:
        store = replace(one.layout.stores["mongodb"], **{where: path})
        changed = {"layout": replace(one.layout, stores={**one.layout.stores, "mongodb": store})}
    content = encode(manifest_of(replace(one, **changed), id=NAME))
    with pytest.raises(ValueError, match="is not a folder of a platform"):
        decode(content)
