"""Faults of disks and clocks: full, read-only, not mounted, copied, or set back."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pryv_tui.filesystem.file_systems import FileSystem
from pryv_tui.vault.lists.sums import SumsWriter
from pryv_tui.vault.vault import Vault
from tests.faults.bench import AtFile, Bench, Filler, hooked, remount, small_disk
from tests.faults.making import (
    before_first,
    emptied_after,
)
from tests.faults.matrix import During, Operation
from tests.faults.rows.planted import PAGE

# --- full and read-only disks --------------------------------------------------------------------


def vault_full(number: int) -> During:
    """Full to the last byte as the file of that number is begun; for others from the start."""

    @contextmanager
    def during(bench: Bench, operation: Operation) -> Iterator[None]:
        filler = Filler(bench.site.vault.folder.parent)
        with emptied_after(filler):
            if operation == "backup":
                with hooked(AtFile(number, filler.fill)):
                    yield
            else:
                filler.fill()
                yield

    return during


@contextmanager
def vault_full_at_sums(bench: Bench, _operation: Operation) -> Iterator[None]:
    """All files are copied; the list of hashes has no room any more."""
    filler, close = Filler(bench.site.vault.folder.parent), SumsWriter.close

    def full(writer: SumsWriter) -> None:
        filler.fill()
        close(writer)

    with emptied_after(filler), patch.object(SumsWriter, "close", full):
        yield


@contextmanager
def vault_full_at_set_json(bench: Bench, _operation: Operation) -> Iterator[None]:
    """All is there but what the set says of itself."""
    filler, complete = Filler(bench.site.vault.folder.parent), Vault.complete

    def full(vault: Vault, *words: Any) -> Path:
        filler.fill()
        return complete(vault, *words)

    with emptied_after(filler), patch.object(Vault, "complete", full):
        yield


@contextmanager
def vault_full_at_rename(bench: Bench, _operation: Operation) -> Iterator[None]:
    filler, rename = Filler(bench.site.vault.folder.parent), Path.rename

    def full(path: Path, target: Any) -> Path:
        if path.name.endswith(".partial"):
            filler.fill()
        return rename(path, target)

    with emptied_after(filler), patch.object(Path, "rename", full):
        yield


@contextmanager
def rename_has_no_room(_bench: Bench, _operation: Operation) -> Iterator[None]:
    """A stand-in for file systems whose folders grow at a rename; tmpfs has no need to."""
    rename = Path.rename

    def full(path: Path, target: Any) -> Path:
        if path.name.endswith(".partial"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return rename(path, target)

    with patch.object(Path, "rename", full):
        yield


@contextmanager
def vault_read_only(bench: Bench, _operation: Operation) -> Iterator[None]:
    disk = bench.site.vault.folder.parent
    remount(disk, "ro")
    try:
        yield
    finally:
        remount(disk, "rw")


@contextmanager
def root_full(bench: Bench, operation: Operation) -> Iterator[None]:
    """A restore finds no room in the middle of copying back, and its undo neither: see the test
    of that. A backup writes its dumps there, and an undo its mark."""
    filler = Filler(bench.root)
    with emptied_after(filler):
        if operation == "restore":
            with hooked(AtFile(10, filler.fill)):
                yield
        else:
            filler.fill()
            yield


@contextmanager
def state_on_a_small_disk(folder: Path) -> Iterator[Bench]:
    with small_disk(folder / "disk", 8) as disk:
        yield Bench(folder, state=disk / "state")


@contextmanager
def state_full_before(bench: Bench, _operation: Operation) -> Iterator[None]:
    filler = Filler(bench.site.state.parent)
    with emptied_after(filler):
        filler.fill()
        yield


@contextmanager
def state_full(bench: Bench, operation: Operation) -> Iterator[None]:
    """Full to the last byte as the first tool runs, a file is copied back, a container stops."""
    filler = Filler(bench.site.state.parent)

    def fill() -> None:
        filler.fill()
        # The journal's last page too has room; a reader passes over empty lines.
        journal = max(
            bench.site.state.glob("runs/*/journal.jsonl"), key=lambda p: p.stat().st_mtime
        )
        with journal.open("ab") as file:
            file.write(b"\n" * (-journal.stat().st_size % PAGE))

    with emptied_after(filler):
        if operation == "restore":
            with hooked(AtFile(10, fill)):
                yield
        else:
            with before_first("exec" if operation == "backup" else "stop", fill):
                yield


# --- the clock -----------------------------------------------------------------------------------


class Yesterday(datetime):
    """A clock that was set back by a day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - timedelta(days=1)


@contextmanager
def clock_back(_bench: Bench, _operation: Operation) -> Iterator[None]:
    with patch("pryv_tui.clock.datetime", Yesterday):
        yield


@contextmanager
def clock_back_meanwhile(_bench: Bench, _operation: Operation) -> Iterator[None]:
    with ExitStack() as stack:

        def back() -> None:
            stack.enter_context(patch("pryv_tui.clock.datetime", Yesterday))

        with hooked(AtFile(5, back)):
            yield


@contextmanager
def vault_not_mounted(bench: Bench, _operation: Operation) -> Iterator[None]:
    """An empty folder where the vault was (a stand-in for its mount point)."""
    vault = bench.site.vault.folder
    away = vault.rename(vault.with_name("the-vaults-disk"))
    vault.mkdir()
    try:
        yield
    finally:
        vault.rmdir()
        away.rename(vault)


@contextmanager
def vault_copied(bench: Bench, _operation: Operation) -> Iterator[None]:
    """A copy of the vault in its place, on another file system (which the test says it is)."""
    vault = bench.site.vault.folder
    away = vault.rename(vault.with_name("the-vaults-disk"))
    subprocess.run(["cp", "-a", away, vault], check=True)
    elsewhere = FileSystem(kind="ext4", source="/dev/other", uuid="OTHER", mount="/")
    try:
        with patch("pryv_tui.operations.sets.known_vaults.file_system_of", lambda _path: elsewhere):
            yield
    finally:
        shutil.rmtree(vault)
        away.rename(vault)
