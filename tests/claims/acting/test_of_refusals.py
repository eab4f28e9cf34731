"""What is refused changes nothing, and is done with the word that it asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.practice.home import Home
from pryv_tui.vault.set_names import is_set_id
from tests.claims.test_of_platforms import flat
from tests.journeys.restores.test_undo_sets_aside import DOMAIN, end_of
from tests.remedies.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", users=1, attachments=1)


def vault(shell: Shell) -> list[str]:
    return sorted(one.name for one in Path(shell.settings.vault).iterdir())


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Each file below a folder: its inode, its time, its content."""
    found = {}
    for at, _folders, names in os.walk(folder):
        for name in names:
            path = Path(at) / name
            status = path.lstat()
            content = b"" if path.is_symlink() or not path.is_file() else path.read_bytes()
            found[str(path)] = (status.st_ino, status.st_mtime_ns, content)
    return found


def test_with_another_word_nothing_is_changed_and_with_the_word_it_is_not_said(
    shell: Shell,
) -> None:
    shell.backup()
    run = ""
    for words, said in (
        (["restore", shell.latest], f"is not the domain of the set {shell.latest}"),
        (["undo"], "is not the domain of this platform"),
        (["release"], "is not the domain of this platform"),
        (["prune", "--keep-last", "1"], "is not the domain of this platform"),
    ):
        kept = "removed" if words[0] in ("release", "prune") else "changed"
        if words[0] == "undo":
            run = end_of(shell)["run"]
        if words[0] == "release":
            # The restore was undone by now: another one has something to be released.
            assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
            run = end_of(shell)["run"]
        named = [*words, run] if words[0] in ("undo", "release") else words
        before, sets = shell.platform.contents(), vault(shell)
        other = shell.type(*named, "--confirm", "other.example")
        assert other.exit == 4, other
        assert f"{said}; nothing was {kept}" in flat(other)
        assert shell.platform.contents() == before and vault(shell) == sets
        done = shell.type(*named, "--confirm", DOMAIN)
        assert done.exit in (0, 3), done
        assert f"nothing was {kept}" not in flat(done)


def test_files_touch_nothing_that_is_there(shell: Shell) -> None:
    root = Home(shell.platform.folder).home_of("core").root
    refused = flat(shell.type("restore", "latest", "--files", "*.conf", "--confirm", DOMAIN))
    assert "--files changes nothing that is there: it takes no --confirm" in refused
    before = everything(Path(root))
    done = shell.type("restore", "latest", "--files", "*.conf")
    assert done.exit == 0, done
    said = flat(done)
    assert "The files are brought back; no existing file was touched." in said
    assert "each hash as in the set; no existing file was touched" in said
    after = everything(Path(root))
    # Whose the newest set is was asked of core's index: who reads a database that is in use leaves
    # a mark in the memory that its readers share.
    shared = {path for path in before if path.endswith("-shm")}
    assert {path: after.get(path) for path in before if path not in shared} == {
        path: was for path, was in before.items() if path not in shared
    }
    assert len(after) > len(before)
    named = everything(Path(root))
    (name,) = filter(is_set_id, vault(shell))
    elsewhere = Path(root).parent / "elsewhere"
    elsewhere.mkdir()
    done = shell.type("restore", name, "--files", "*.conf", "--to", str(elsewhere))
    assert done.exit == 0 and everything(elsewhere)
    assert everything(Path(root)) == named, "with its name nothing is asked"
    # Where they lie already they are not brought once more.
    target = Path(root).parent / "there"
    target.mkdir()
    (target / "mine").write_text("mine")
    where = ("restore", "latest", "--files", "*.conf", "--to", str(target))
    assert shell.type(*where).exit == 0
    there = everything(target)
    again = shell.type(*where)
    assert again.exit == 4 and everything(target) == there
    assert "no existing file was touched" not in flat(again)
    assert (target / "mine").read_text() == "mine"


def test_a_command_that_lacks_its_word_does_nothing(shell: Shell) -> None:
    before = shell.platform.contents()
    lacks = flat(shell.type("restore"))
    assert "restore needs a set" in lacks and ". Nothing was done" in lacks
    assert shell.platform.contents() == before
    whole = shell.type("restore", shell.latest, "--confirm", DOMAIN)
    assert whole.exit == 0 and "Nothing was done" not in flat(whole)
