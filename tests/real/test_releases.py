"""Backup, loss, restore with root, mounts, tags and stores as a release's templates have them.

What is the same in all releases is tried on 1.9.2 (`test_journey.py`); here is what differs. Pryv's
own images, MongoDB and older generations of InfluxDB and Redis are not in it: the README says what
is real.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import docker
import pytest

from .compose import IDLE, Form, image_of
from .conftest import MakePlatform
from .engines import engine_urls
from .installation import Machine
from .platform import RealPlatform
from .test_journey import Operator, _tail

pytestmark = pytest.mark.engine

LAID_OUT: list[tuple[Form, str]] = [
    ("cluster", "1.6.16"),
    ("single-node", "1.7.14"),
    ("single-node", "1.8.1"),
]


@pytest.fixture
def tagged() -> Iterator[Callable[[str], None]]:
    """Gives the images the tags of one more release, on every engine, and takes them away again."""
    with ExitStack() as stack:

        def tag(release: str) -> None:
            for url in engine_urls():
                client = stack.enter_context(_closing(url))
                known = {tag for image in client.images.list() for tag in image.tags}
                for name in sorted({tag.rsplit(":", 1)[0] for tag in known}):
                    wanted = f"{name}:{release}"
                    if name.endswith("/influxdb") or f"{name}:latest" not in known:
                        continue
                    if wanted not in known:
                        client.images.get(f"{name}:latest").tag(name, release)
                        stack.callback(client.images.remove, wanted)

        yield tag


class _closing:
    """A client of an engine, for a while."""

    def __init__(self, url: str) -> None:
        self._client = docker.DockerClient(base_url=url, timeout=60)

    def __enter__(self) -> docker.DockerClient:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()


def sources(machine: Machine, container: str) -> dict[str, str]:
    """What a container has mounted, by the path inside; below the root, relative to it."""
    facts = machine.engine.client.containers.get(container).attrs["Mounts"]
    return {
        mount["Destination"]: str(Path(mount["Source"]).relative_to(machine.root))
        for mount in facts
        if Path(mount["Source"]).is_relative_to(machine.root)
    }


def laid_out_as_it_has_it(platform: RealPlatform, release: str) -> None:
    """The release's own forms are there, so that what comes back is more than the newest one's."""
    numbers = tuple(map(int, release.split(".")))
    machine = platform.machine("core")
    dumps = sources(machine, "pryvio_mongodb")["/app/backup"]
    if platform.form == "cluster" and numbers <= (1, 6, 16):
        assert dumps == "pryv/core/mongodb/backup"
    else:
        assert dumps == "pryv/mongodb/backup"
    hfs = sources(machine, "pryvio_hfs").get("/app/data")
    assert (hfs == "pryv/core/data") is (numbers >= (1, 8))
    named = {path.name for path in (machine.root / "pryv/mongodb/conf").iterdir()}
    assert named == {"mongodb.yml" if numbers >= (1, 9) else "mongodb.conf"}
    found = {path.name for path in (machine.data / "users").rglob("*.sqlite")}
    assert ("audit.sqlite" in found) is (numbers >= (1, 7))
    assert (machine.data / "users/user-index.db").exists() is (numbers >= (1, 8))
    assert (machine.data / "attachments").is_dir() is (numbers < (1, 9))


def set_of(operator: Operator) -> dict[str, Any]:
    found = json.loads((operator.vault / operator.only_set()["id"] / "set.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("form", "release"), LAID_OUT)
def test_backup_loss_restore(
    make_platform: MakePlatform,
    tagged: Callable[[str], None],
    tmp_path: Path,
    form: Form,
    release: str,
) -> None:
    tagged(release)
    idle = [service for service in IDLE if service != "hfs"]
    # A machine for static files alone has to have its service.
    without = idle if form == "single-node" else [one for one in idle if one != "app_web_auth3"]
    platform = make_platform(
        form, release=release, users=2, events=6, points=6, attachments=2, without=without
    )
    operator = Operator(platform, tmp_path)
    laid_out_as_it_has_it(platform, release)
    before = platform.contents()
    assert before["attachments"]["files"] == 4
    core = platform.machine("core")
    assert core.engine.client.containers.get("pryvio_core").attrs["Config"]["Image"] == image_of(
        "core", release
    )

    backup = operator.backup()
    assert backup.exit == 0, _tail(backup)
    made = set_of(operator)
    assert {host["release"] for host in made["hosts"] if "core" in host["roles"]} == {release}
    (part,) = [host for host in made["hosts"] if "core" in host["roles"]]
    dump = operator.vault / made["id"] / part["name"] / "files" / core.settings.mongodb_backup
    assert (dump / "pryv-node/events.bson").stat().st_size > 0, "it is where the mounts say"
    verify = operator.run("verify", made["id"])
    assert verify.exit == 0, verify.out

    platform.wipe("all", "machine")
    restore = operator.restore()
    assert restore.exit == 0, _tail(restore)
    assert platform.contents() == before
    laid_out_as_it_has_it(platform, release)
