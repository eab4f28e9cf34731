"""What of a live container makes it another one: each fact by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.docker_facts import inspected_container
from pryv_tui.hosts.engine import Container, Mount
from pryv_tui.operations.steps.drilling.fingerprint import (
    container_facts,
    digest,
    root_facts,
    start_facts,
)
from pryv_tui.sanitize import one_line

ONE = Container(
    name="pryvio_core",
    id=one_line("0123abcd"),
    image=one_line("pryv/core:1.9"),
    image_digest=one_line("sha256:aa"),
    state="running",
    since=one_line("2026-03-02T04:00:00Z"),
    restart_policy=one_line("always"),
    mounts=(Mount("/var/pryv/pryv/core/data", "/app/data"),),
    volumes=(Mount("named", "/app/cache"),),
    labels={"com.docker.compose.project": one_line("pryv")},
    environment={"A": "1"},
    networks=(one_line("pryv_backend 172.18.0.2"),),
    ports=(one_line("0.0.0.0:443->443/tcp"),),
    powers=(one_line("privileged"),),
    command=("node", "core"),
)
EMPTY: dict[str, Any] = {
    "id": "", "image": "", "image_digest": "", "restart_policy": "no", "mounts": (), "volumes": (),
    "labels": {}, "environment": {}, "networks": (), "ports": (), "powers": (), "command": (),
}  # fmt: skip
OTHER: dict[str, Any] = {
    "id": "4567", "restart_policy": "unless-stopped",
    "mounts": (Mount("/var/pryv/pryv/core/data", "/app/data", read_only=True),),
    "volumes": (Mount("other", "/app/cache"),),
    "labels": {"com.docker.compose.project": "other"},
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_a_container_that_lacks_one_fact_is_another_one(name: str) -> None:
    lacking = structs.replace(ONE, **{name: EMPTY[name]})
    assert digest(container_facts(lacking)) != digest(container_facts(ONE))


@pytest.mark.parametrize("name", OTHER)
def test_a_container_of_which_one_fact_is_another_is_another_one(name: str) -> None:
    changed = structs.replace(ONE, **{name: OTHER[name]})
    assert digest(container_facts(changed)) != digest(container_facts(ONE))


def test_state_and_start_are_told_apart_from_what_it_is() -> None:
    later = structs.replace(ONE, since="2026-03-02T05:00:00Z")
    stopped = structs.replace(ONE, state="exited")
    looping = structs.replace(ONE, state="restarting")
    for other in (later, stopped, looping):
        assert container_facts(other) == container_facts(ONE)
        assert start_facts(other) != start_facts(ONE)
    assert start_facts(looping) != start_facts(stopped)
    # It starts by itself, again and again: that is no change.
    again = structs.replace(looping, since="2026-03-02T05:00:00Z")
    assert start_facts(again) == start_facts(looping)


def test_an_engines_own_words_give_each_fact() -> None:
    found = inspected_container(
        {
            "Id": "0123abcd",
            "Name": "/pryvio_core",
            "Config": {"Image": "pryv/core:1.9", "Labels": {"a": "b"}},
            "HostConfig": {"Privileged": True, "RestartPolicy": {"Name": "always"}},
            "State": {"Status": "running"},
            "Mounts": [{"Type": "volume", "Name": "named", "Destination": "/app/cache"}],
        }
    )
    facts = container_facts(found)
    for name in ("id", "labels", "policy", "powers", "volumes"):
        assert facts[name] and facts[name] != "no", name


def test_a_root_is_known_by_its_place_its_folder_and_what_lies_at_its_top(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "pryv").mkdir()
    state = HostState(name="vm", engine="", reachable=True, root=str(root))
    found, status = root_facts(state), root.stat()
    assert (found["device"], found["inode"]) == (status.st_dev, status.st_ino)
    assert found["top"] == [["pryv", (root / "pryv").stat().st_ino]]
    # The same names in another folder, and another folder under the same name.
    root.rename(tmp_path / "before")
    root.mkdir()
    (root / "pryv").mkdir()
    swapped = root_facts(state)
    assert swapped["inode"] != found["inode"] and swapped["top"] != found["top"]
    (root / "run-pryv").touch()
    assert root_facts(state)["top"] != swapped["top"]
    root.rename(tmp_path / "gone")
    assert "problem" in root_facts(state)
