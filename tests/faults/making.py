"""What several faults are made of: benches on small disks, and moments to do something at."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.platform import PracticePlatform
from tests.faults.bench import AtFile, Bench, Filler, small_disk
from tests.faults.matrix import Operation
from tests.faults.nested import see_the_disks
from tests.helpers import copied

VAULT_MB = 80
"""More than the room that a backup wants to stay free."""


@contextmanager
def nothing(_bench: Bench, _operation: Operation) -> Iterator[None]:
    """What goes wrong is in the tree itself."""
    yield


@contextmanager
def vault_on_a_small_disk(folder: Path) -> Iterator[Bench]:
    with small_disk(folder / "disk", VAULT_MB) as disk:
        yield Bench(folder, vault=disk / "vault")


@contextmanager
def root_on_a_small_disk(folder: Path) -> Iterator[Bench]:
    made = copied.new(folder / "platform", users=4, attachments=6)
    (host,) = made.hosts
    root = host.root_hint
    assert root is not None
    before = root.rename(root.with_name("before"))
    with small_disk(root, VAULT_MB + 20):
        os.chown(root, before.stat().st_uid, before.stat().st_gid)
        subprocess.run(["cp", "-a", f"{before}/.", root], check=True)
        see_the_disks(host)
        yield Bench(folder, made=PracticePlatform.open(made.folder))


@contextmanager
def emptied_after(filler: Filler) -> Iterator[None]:
    try:
        yield
    finally:
        filler.empty()


@contextmanager
def before_first(method: str, do: Callable[[], object]) -> Iterator[None]:
    """Do something before the engine is first asked for something."""
    usual, first = getattr(PracticeEngine, method), AtFile(1, do)

    def also(engine: PracticeEngine, *words: Any, **more: Any) -> Any:
        first.before_write(b"", 0)
        return usual(engine, *words, **more)

    with patch.object(PracticeEngine, method, also):
        yield
