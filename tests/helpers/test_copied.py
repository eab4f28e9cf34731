"""What is copied is a platform of its own, as one that was made there."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice import services
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.settings import DOMAIN, PracticeForm, Settings
from pryv_tui.vault.mark import read_mark
from tests.helpers import copied
from tests.remedies.shell import Shell

FORMS = ("single-node", "cluster")


def whole(shell: Shell) -> bool:
    """Whether everything is well where one looks at it, and the set is what was written."""
    status, verified = shell.type("status"), shell.type("verify", shell.latest)
    return (status.exit, shell.type("doctor").exit, verified.exit) == (0, 0, 0)


def files(shell: Shell) -> dict[str, tuple[int, int, int]]:
    """What is there of platform, vault and state: mode and owner by name; names that tell a moment
    are the same ones."""
    found = {}
    for beside in copied.BESIDE:
        place = Path(f"{shell.platform.folder}{beside}")
        for path in (place, *place.rglob("*")):
            at = path.lstat()
            name = re.sub(r"\d{8}T\d{6}Z", "THEN", str(path.relative_to(place)))
            if not name.startswith("runs/"):
                found[f"{beside} {name}"] = at.st_mode, at.st_uid, at.st_gid
    return found


@pytest.mark.parametrize("form", FORMS)
def test_it_holds_what_one_holds_that_was_made_there(tmp_path: Path, form: PracticeForm) -> None:
    there = Shell(PracticePlatform.create(tmp_path / "there", form=form, users=2, attachments=1))
    there.backup()
    here = Shell.with_set(tmp_path / "here", form=form, users=2, attachments=1)
    assert files(here) == files(there)
    assert here.platform.contents() == there.platform.contents()
    assert whole(here) and whole(there)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_left_of_where_it_was_made(tmp_path: Path, form: str) -> None:
    Shell.with_set(tmp_path / "a", form=form)
    made = os.environ[copied._MADE]

    def naming(path: str) -> list[str]:
        words = ["grep", "-rlaF", path, str(tmp_path)]
        return subprocess.run(words, capture_output=True, text=True).stdout.split()

    assert naming(made) == []
    assert len(naming(str(tmp_path / "a"))) > 5, "where paths are written its own are"


@pytest.mark.parametrize("form", FORMS)
def test_what_happens_to_one_happens_to_no_other(tmp_path: Path, form: str) -> None:
    first, second = (Shell.with_set(tmp_path / name, form=form, users=2) for name in "ab")
    before = second.platform.contents()
    first.platform.grow(users=1)
    lived = first.platform.contents()
    assert lived != before
    words = ("--confirm", first.platform.domain)
    assert first.type("restore", first.latest, *words).exit == 0
    assert first.platform.contents()["mongodb"] == before["mongodb"]
    assert first.type("undo", "latest", *words).exit == 0
    assert first.platform.contents()["mongodb"] == lived["mongodb"]
    first.platform.wipe("all")
    assert whole(second) and second.platform.contents() == before
    third = Shell.with_set(tmp_path / "c", form=form, users=2)
    assert whole(third) and third.platform.contents() == before


def shown(platform: PracticePlatform) -> set[bool | None]:
    """Whether containers see what lies where they have it mounted, of all mounts."""
    return {
        host.engine.shows(container.name, mount)
        for host in platform.hosts
        for container in host.engine.containers()
        for mount in container.mounts
    }


def test_two_vaults_are_told_apart_and_mounts_show_the_folders_of_their_own_root(
    tmp_path: Path,
) -> None:
    first, second = (Shell.with_set(tmp_path / name) for name in "ab")
    marks = [read_mark(Path(one.settings.vault)) for one in (first, second)]
    assert None not in marks and len({one.id for one in marks if one}) == 2
    assert whole(first)
    made = PracticePlatform.create(tmp_path / "made", users=1, attachments=0)
    assert shown(first.platform) == shown(made) >= {True}
    (host,) = first.platform.hosts
    container = host.engine.containers()[0]
    mount = next(one for one in container.mounts if host.engine.shows(container.name, one))
    folder = Path(mount.source)
    folder.rename(folder.with_name("former"))
    subprocess.run(["cp", "-a", folder.with_name("former"), folder], check=True)
    assert host.engine.shows(container.name, mount) is False, "it shows the former folder"
    assert False not in shown(second.platform)


@pytest.mark.parametrize("form", FORMS)
def test_one_without_a_set_is_as_one_that_was_made_there(
    tmp_path: Path, form: PracticeForm
) -> None:
    there = PracticePlatform.create(tmp_path / "there", form=form, users=2, attachments=1)
    here = copied.new(tmp_path / "here", form=form, users=2, attachments=1)

    def names(of: PracticePlatform) -> dict[str, int]:
        return {str(p.relative_to(of.folder)): p.lstat().st_mode for p in of.folder.rglob("*")}

    assert here.contents() == there.contents() and names(here) == names(there)
    assert shown(here) == shown(there) >= {True}
    words = ["grep", "-rlaF", os.environ[copied._MADE], str(here.folder)]
    assert subprocess.run(words, check=False).returncode == 1, "nothing names where it was made"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["here", "there"], "and no vault"
    here.wipe("core")
    assert copied.new(tmp_path / "next", form=form, users=2, attachments=1).contents() == (
        there.contents()
    )


def test_where_something_lies_it_is_refused_as_by_who_makes_one(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "file").touch()
    with pytest.raises(PryvTuiError, match="is not empty"):
        copied.new(tmp_path / "p", users=1, attachments=0)


def test_where_paths_are_quoted_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path stands otherwise in a command then: there is no other name to put in its place."""
    monkeypatch.setattr(copied, "copy_of", lambda *_given: pytest.fail("it was copied"))
    made = copied.with_set(tmp_path / "it's one")
    assert isinstance(made, PracticePlatform) and whole(Shell(made))


@pytest.mark.parametrize("has_set", [False, True], ids=["new", "with a set"])
def test_one_that_was_made_with_another_domain_is_nobody_elses_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_set: bool
) -> None:
    make = copied.with_set if has_set else copied.new
    with monkeypatch.context() as patched:
        named = functools.partial(Settings, domain="another.example")
        patched.setattr("pryv_tui.practice.platform.Settings", named)
        assert make(tmp_path / "a", users=3, seed=77).domain == "another.example"
    assert make(tmp_path / "b", users=3, seed=77).domain == DOMAIN


def test_nor_is_one_that_was_made_with_other_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = services.hosts_of("cluster") | {"core-2": services.hosts_of("cluster")["core"]}
    with monkeypatch.context() as patched:
        for module in ("home", "platform"):
            patched.setattr(f"pryv_tui.practice.{module}.hosts_of", lambda _form: more)
        there = copied.new(tmp_path / "a", form="cluster", seed=78)
        assert (there.folder / "hosts/core-2").is_dir()
    other = copied.new(tmp_path / "b", form="cluster", seed=78)
    assert not (other.folder / "hosts/core-2").exists()
