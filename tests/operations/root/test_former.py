"""Who sees a former folder of a root: whoever has a process, whatever its state is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.engine import ContainerState, Mount
from pryv_tui.operations.root.stopped import former_mounts
from tests.hosts.machines import container

ALIVE = ("running", "paused")
"""Docker's states with a process; in the others `State.Pid` is 0, and nothing is seen."""


class Shows:
    """An engine that tells what lies behind a mount of whatever has a process."""

    def __init__(self, state: str, *, same: bool) -> None:
        self.told = same if state in ALIVE else None

    def shows(self, _container: str, _mount: Mount) -> bool | None:
        return self.told


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("state", ["running", "paused", "restarting", "created", "exited", "dead"])
def test_in_each_state(tmp_path: Path, state: ContainerState, same: bool) -> None:
    (tmp_path / "pryv/core/data").mkdir(parents=True)
    mount = Mount(str(tmp_path / "pryv/core/data"), "/app/data")
    one = container("core", root=str(tmp_path), state=state, mounts={"/app/data": "pryv/core/data"})
    engine: Any = Shows(state, same=same)
    found = list(former_mounts(engine, one, tmp_path))
    assert found == ([mount] if state in ALIVE and not same else [])
