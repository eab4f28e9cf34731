"""How a platform of a release is laid out, and that containers and sets tell which one it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.real.operator import Operator
from tests.real.testbed.compose import image_of
from tests.real.testbed.installation import Machine
from tests.real.testbed.platform import RealPlatform


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


def tells_the_release(platform: RealPlatform, operator: Operator, release: str) -> None:
    """Containers and set do, and the dump is where the release has it; the set is whole."""
    core = platform.machine("core")
    facts = core.engine.client.containers.get("pryvio_mongodb").attrs
    assert facts["Config"]["Image"] == image_of("mongodb", release)
    found = operator.only_set()["id"]
    made: dict[str, Any] = json.loads((operator.vault / found / "set.json").read_text())
    (part,) = [host for host in made["hosts"] if "core" in host["roles"]]
    assert part["release"] == release
    dump = operator.vault / found / part["name"] / "files" / core.settings.mongodb_backup
    assert (dump / "pryv-node/events.bson").stat().st_size > 0, "it is where the mounts say"
    verify = operator.run("verify", found)
    assert verify.exit == 0, verify.out
