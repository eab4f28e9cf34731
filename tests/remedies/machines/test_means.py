"""Remedies for users, programs and means that this machine lacks: done as printed."""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.programs import start
from pryv_tui.reading import read_whole
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.restic.program import Restic
from pryv_tui.vault.restic.repository import RepositoryVault
from tests.remedies.kit import refusal, typed
from tests.remedies.places.elsewhere import somebody
from tests.remedies.shell import shell_line

# -- this process and this machine ---------------------------------------------------------------


def test_descriptors_that_were_short_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"what it holds")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = os.open("/dev/null", os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken, hard))
    try:
        told = refusal(lambda: read_whole(tmp_path / "file"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(taken)
    assert told.name == "means"
    command = told.remedy.removeprefix("Allow more files (").partition("), or")[0]
    # As somebody does it at a shell that has too few.
    many = " ".join(f"{number}</dev/null" for number in range(3, 20))
    read = f"exec {many} && cat {shlex.quote(str(tmp_path / 'file'))}"
    few = ["bash", "-c", f"ulimit -Sn 16; {read}"]
    assert subprocess.run(few, capture_output=True, timeout=30).returncode != 0
    more = ["bash", "-c", f"ulimit -Sn 16; {command} && {read}"]
    done = subprocess.run(more, capture_output=True, timeout=30)
    assert done.stdout == b"what it holds", done
    assert shell_line("free -m") == 0
    assert read_whole(tmp_path / "file") == b"what it holds"


@pytest.mark.parametrize("way", ["its mode", "another"])
def test_a_program_that_can_not_be_run_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    tool = tmp_path / "of ours" / "a-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 7\n" if way == "its mode" else "no program\n")
    tool.chmod(0o644 if way == "its mode" else 0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")

    def act() -> subprocess.Popen[bytes]:
        nothing = PryvTuiError("program-missing", "it is not there")
        return start(["a-tool"], environment=dict(os.environ), missing=nothing)

    told = refusal(act)
    look, mend = re.findall(r"(ls -l [^;]*|chmod [^)]*)", told.remedy)
    assert shlex.split(look) == ["ls", "-l", str(tool)]
    assert shell_line(look) == 0
    if way == "its mode":
        assert shell_line(mend) == 0
    else:
        tool.write_text("#!/bin/sh\nexit 7\n")
    assert act().wait() == 7


def test_what_needs_root_is_done_by_root(tmp_path: Path) -> None:
    with somebody() as folder:
        os.seteuid(0)
        source, target = folder / "own/root", folder / "own/set"
        source.mkdir()
        (source / "file").write_text("of another")
        os.chown(source, 4711, 4711)
        os.chown(source / "file", 9999, 9999)
        os.seteuid(4711)
        told = refusal(lambda: copy_tree(source, target))
        assert "needs root" in told.what
        assert told.remedy == "Run it with sudo."
        os.seteuid(0)
        copy_tree(source, folder / "again")
        assert (folder / "again/file").stat().st_uid == 9999
        os.seteuid(4711)


def test_a_disk_that_keeps_no_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root: to become root is no way out of it, another disk is."""
    if os.geteuid() != 0:
        pytest.skip("gives a file to another user: needs root")
    source = tmp_path / "root"
    source.mkdir()
    (source / "file").write_text("of another")
    os.chown(source / "file", 9999, 9999)
    real = os.fchown

    def fchown(descriptor: int, uid: int, gid: int) -> None:
        if "squashed" in str(Path(f"/proc/self/fd/{descriptor}").readlink()) and uid == 9999:
            raise PermissionError(1, "Operation not permitted")
        real(descriptor, uid, gid)

    monkeypatch.setattr(os, "fchown", fchown)
    told = refusal(lambda: copy_tree(source, tmp_path / "squashed"))
    assert told.remedy.startswith("Name a place on a disk that keeps owners (for a vault: --vault)")
    copy_tree(source, tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere/file").stat().st_uid == 9999


# -- the rest of the table -------------------------------------------------------------------------


def test_a_practice_platform_that_can_not_be_used_is_made_anew(tmp_path: Path) -> None:
    made = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    (host,) = made.hosts
    for path in (host.root_hint or tmp_path).glob("pryv/mongodb/data/**/*"):
        if path.is_file():
            path.write_bytes(b"\xff" * 40)
    told = refusal(made.contents)
    assert told.remedy == "Make another in a new folder: pryv-tui practice create FOLDER."
    command = told.remedy.partition(": ")[2].rstrip(".").replace("FOLDER", str(tmp_path / "new"))
    done = typed(f"{command} --users 0 --attachments 0")
    assert done.exit_code == 0, done.output
    assert PracticePlatform.open(tmp_path / "new").contents()


def test_what_restic_says_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something else answers under its name: asked as it is said, it shows what that is."""
    tools, folder = tmp_path / "tools", tmp_path / "repository"
    tools.mkdir()
    folder.mkdir()
    fake = tools / "restic"
    fake.write_text("#!/bin/sh\n[ $1 = version ] && exec /usr/bin/restic version\necho 'Welcome'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("RESTIC_PASSWORD", "a word")
    settings = resolve_settings(
        vault=f"restic:{folder}", state=str(tmp_path / "s"), environment={"HOME": str(tmp_path)}
    )
    vault = open_site(settings).vault
    assert isinstance(vault, RepositoryVault)
    told = refusal(vault.sets)
    assert told.name == "repository", told
    command = told.remedy.partition("itself says: ")[2].partition(";")[0]
    assert command.startswith(f"restic -r {folder} snapshots")
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "Welcome\n"
    fake.unlink()
    subprocess.run(["restic", "init", "-r", str(folder)], check=True, capture_output=True)
    assert open_site(settings).vault.sets() == []


@pytest.mark.parametrize("what", ["none", "an old one", "something else"])
def test_a_restic_that_can_be_used_is_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """`apt-get` is a stand-in: it puts the program there, as the real one does. Where one is there
    that is too old, it would bring that again."""
    there, newer = tmp_path / "there", tmp_path / "newer"
    there.mkdir()
    newer.mkdir()
    real = shutil.which("restic") or pytest.skip("restic is not installed")

    def tool(place: Path, text: str) -> None:
        place.write_text(f"#!/bin/sh\n{text}\n")
        place.chmod(0o755)

    tool(there / "apt-get", f'[ "$*" = "install restic" ] && /bin/ln -s {real} {there}/restic')
    if what != "none":
        tool(there / "restic", f"echo {'restic 0.9.6 compiled' if 'old' in what else 'hello'}")
    monkeypatch.setenv("PATH", str(there))
    told = refusal(lambda: Restic(str(tmp_path / "repository")).version())
    if what == "none":
        assert told.remedy == "Install it: apt-get install restic"
        assert shell_line(told.remedy.partition(": ")[2]) == 0
    else:
        assert told.remedy.startswith("Put a newer restic first on the PATH: ")
        (newer / "restic").symlink_to(real)
        monkeypatch.setenv("PATH", f"{newer}:{there}")
    assert Restic(str(tmp_path / "repository")).version() >= (0, 14, 0)
