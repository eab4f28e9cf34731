"""Backup, loss, restore, undo on an installation that has been lived in: all of these at once.

Disks mounted below the root, a root that is reached through a link, a left-over name of compose 1,
somebody else's container that writes into the root, an mfa that starts again and again (on one
machine), a view, a time series and a collection with an odd name. The cluster is laid out as the
oldest release that is tried; `test_releases.py` has others. The MongoDB stand-in takes none of
those three collections: `beside_tools.py` keeps them as the files that the real tools write of
them, and tells of them as a shell does.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import pytest

from pryv_tui.operations.root.aside import disks_of_aside
from tests.faults.bench import NoDisk, small_disk
from tests.journeys.program import Ended
from tests.real.conftest import MakePlatform
from tests.real.journeys.releases import laid_out_as_it_has_it, tells_the_release
from tests.real.journeys.writer import (
    FOREIGN,
    LEFT_OVER,
    WRITER,
    all_that_runs,
    nothing_was_written_since,
    writes_into,
)
from tests.real.operator import Operator, tail
from tests.real.testbed import compose, files
from tests.real.testbed.installation import Machine
from tests.real.testbed.platform import RealPlatform, wait_for

pytestmark = pytest.mark.engine

DISKS = ("pryv/core/data", "pryv/mongodb/data")
"""One that travels in a set, one inside which everything is left out of it."""
FOLDER = "pryv/core/log"
MFA = "pryvio_mfa"
ODD = "my notes/50%"
OWN = ".pryv-tui"
RELEASES: dict[compose.Form, str] = {"single-node": "1.9.2", "cluster": "1.6.16"}


@dataclass
class LivedIn:
    """A platform with all of it."""

    platform: RealPlatform
    machine: Machine
    """The one with core."""

    def contents(self) -> dict[str, Any]:
        """What must come back, the collections that lie beside the server's own among it."""
        found = self.platform.contents()
        found["running"] = {
            name: [one for one in running if one != MFA]
            for name, running in found["running"].items()
        }
        beside = self.machine.root / "pryv/mongodb/data/beside"
        found["beside"] = {path.name: path.read_bytes() for path in sorted(beside.iterdir())}
        return found

    def runs(self) -> list[str]:
        """Everything that runs beside core, but for the one that does not stay up."""
        return [name for name in all_that_runs(self.machine.engine) if name != MFA]

    def disks(self) -> dict[str, int]:
        return {disk: (self.machine.root / disk).stat().st_dev for disk in DISKS}

    def restarts(self) -> int:
        facts = self.machine.engine.client.containers.get(MFA).attrs
        return int(facts["RestartCount"])


@contextmanager
def on_a_disk(place: Path) -> Iterator[None]:
    """A disk of its own for a folder, which keeps what it holds, owners too."""
    before = place.with_name(f"{place.name}.before")
    place.rename(before)
    with small_disk(place, 90):
        subprocess.run(["cp", "-aT", before, place], check=True)
        shutil.rmtree(before)
        yield


def put_tools(machine: Machine) -> None:
    """Put the other tools into MongoDB's container."""
    content = (Path(__file__).parents[1] / "standins" / "beside_tools.py").read_bytes()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("mongodump", "mongorestore", "mongosh"):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    container = machine.engine.client.containers.get("pryvio_mongodb")
    assert container.put_archive("/app/bin/mongodb/bin", packed.getvalue())


def write_collections(data: Path) -> None:
    """A view, a time series, and a name with a blank, a `/` and a `%`, as files."""
    documents = [bson.encode({"_id": number, "userId": "nobody"}) for number in range(3)]
    told: dict[str, dict[str, Any]] = {
        "the%20newest": {
            "options": {"viewOn": "events", "pipeline": []},
            "collectionName": "the newest",
            "type": "view",
        },
        "temperature": {
            "options": {"timeseries": {"timeField": "at", "granularity": "seconds"}},
            "collectionName": "temperature",
            "type": "timeseries",
        },
        "my%20notes%2F50%25": {"options": {}, "collectionName": ODD, "type": "collection"},
    }
    beside = data / "beside"
    for stem, fields in told.items():
        content = json.dumps({"indexes": [], "uuid": "0" * 32, **fields})
        files.write(beside / f"{stem}.metadata.json", content)
    files.write(beside / "my%20notes%2F50%25.bson", b"".join(documents))
    files.write(beside / "system.buckets.temperature.bson", documents[0])


def break_mfa(machine: Machine) -> None:
    """From now on it ends two seconds after each start."""
    path = machine.root / "pryv/pryv.yml"
    image = f'    image: "{compose.image_of("mfa", machine.settings.release)}"\n'
    text = path.read_text()
    assert image in text
    broken = f'{image}    entrypoint: ["sh", "-c", "trap : TERM; sleep 2; exit 1"]\n'
    path.write_text(text.replace(image, broken))
    machine.compose("pryv", "up", "-d", "--no-deps", "mfa")


@pytest.fixture
def lived_in(
    tagged: Callable[[str], None],
    make_platform: MakePlatform,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[LivedIn]:
    form: compose.Form = request.param
    alone = form == "single-node"
    tagged(RELEASES[form])
    name = "single-node" if alone else "core"
    real_root = tmp_path / "disk" / name
    real_root.mkdir(parents=True)
    link = tmp_path / "platform" / name
    link.parent.mkdir()
    link.symlink_to(real_root)
    with ExitStack() as stack:
        # Unmounted when no container is there any more that has it mounted.
        # A machine for static files alone has to have its service.
        with_it = "mfa" if alone else "hfs"
        without = [service for service in compose.BESIDE if service != with_it]
        without += ["config_leader", "app_web_auth3"] if alone else ["config_leader"]
        platform = make_platform(
            form, release=RELEASES[form], users=2, events=20, points=20, fill=False, without=without
        )
        machine = platform.machine("core")
        try:
            for disk in DISKS:
                stack.enter_context(on_a_disk(real_root / disk))
        except NoDisk as error:
            pytest.skip(str(error))
        stack.callback(machine.engine.remove_platform)
        platform.up()
        for number in range(2):
            platform.add_user(f"user{number:03d}", events=20, points=20)
        platform.settle()
        write_collections(machine.root / "pryv/mongodb/data")
        put_tools(machine)
        client = machine.engine.client
        client.containers.get("pryvio_core").rename(LEFT_OVER)
        stack.callback(lambda: client.containers.get(LEFT_OVER).remove(force=True))
        image = client.containers.get("pryvio_mongodb").image
        assert image is not None
        made = client.containers.run(
            str(image.id), ["sh", "-c", f"trap 'exit 0' TERM; {WRITER}"],
            name=FOREIGN, entrypoint="", detach=True,
            volumes={str(machine.root / FOLDER): {"bind": "/srv", "mode": "rw"}},
            restart_policy={"Name": "always"},
        )  # fmt: skip
        stack.callback(lambda: made.remove(force=True, v=True))
        found = LivedIn(platform, machine)
        if alone:
            break_mfa(machine)
            wait_for("mfa to have been started again", lambda: found.restarts() >= 2)
        yield found


def backed_up(lived_in: LivedIn, operator: Operator) -> None:
    """A backup of it, all of which is in the set, and which changes nothing."""
    before, running = lived_in.contents(), lived_in.runs()
    assert len(before["beside"]) == 5 and len(set(lived_in.disks().values())) == len(DISKS)
    assert {LEFT_OVER, FOREIGN} <= set(running)
    assert lived_in.machine.root.is_symlink()
    backup = operator.backup()
    assert backup.exit == 0, tail(backup)
    assert lived_in.contents() == before and lived_in.runs() == running
    found = operator.only_set()
    manifest = json.loads((operator.vault / found["id"] / "set.json").read_text())
    (part,) = [one for one in manifest["hosts"] if "core" in one["roles"]]
    mongodb = part["stores"]["mongodb"]
    assert (mongodb["collections"][ODD], mongodb["views"]) == (3, ["the newest"])
    assert mongodb["collections"]["system.buckets.temperature"] == 1
    assert [disk["path"] for disk in part["mounts"]] == [".", *sorted(DISKS)]
    (redis,) = [one["stores"]["redis"] for one in manifest["hosts"] if "redis" in one["stores"]]
    assert redis["users"] == before["redis"]["users"] + 1, "and whom each boot of register makes"


def with_a_warning(ended: Ended, *more: str) -> str:
    """All is back but what was broken before, which is named, and `more`, in turn; the run."""
    assert ended.exit == 3, tail(ended)
    said = ended.end["warnings"]
    assert len(said) == 1 + len(more), said
    assert all(words in line for words, line in zip((MFA, *more), said, strict=True)), said
    return str(ended.end["run"])


@pytest.mark.parametrize("lived_in", ["single-node"], indirect=True)
def test_backup_loss_restore_undo(lived_in: LivedIn, tmp_path: Path) -> None:
    """What is lost: all of one person's files, an odd collection; somebody came meanwhile."""
    platform, machine = lived_in.platform, lived_in.machine
    operator = Operator(platform, tmp_path, patient=True)
    before, running, disks = lived_in.contents(), lived_in.runs(), lived_in.disks()
    backed_up(lived_in, operator)

    shutil.rmtree(files.user_folder(machine.data, platform.people[0].id))
    for path in (machine.root / DISKS[1] / "beside").glob("my%20notes*"):
        path.unlink()
    platform.add_user("newcomer", events=5, points=5)
    platform.settle()
    lived = lived_in.contents()
    assert {key for key in lived if lived[key] != before[key]} == {
        "mongodb", "influxdb", "redis", "sqlite", "attachments", "beside"
    }  # fmt: skip

    run = with_a_warning(operator.restore())
    assert lived_in.contents() == before
    assert (lived_in.runs(), lived_in.disks()) == (running, disks)
    writes_into(machine.root)
    aside = machine.root / OWN / "aside" / run
    nothing_was_written_since(machine.engine, aside)
    assert disks_of_aside(aside) == tuple(sorted(DISKS))
    of_core, of_mongodb = (machine.root / disk / OWN / "aside" / run for disk in DISKS)
    assert files.attachments_contents(of_core) == lived["attachments"], "all of it lies aside"
    copied = tmp_path / "aside"  # opened elsewhere: what lies aside stays as it is
    copied.mkdir()
    for path in of_core.glob("users/user-index.db*"):
        shutil.copy(path, copied)
    name = str((machine.data / "users/user-index.db").relative_to(machine.root))
    assert files.database_contents(copied / "user-index.db") == lived["sqlite"][name]
    assert files.configuration_contents(aside)["files"] == lived["conf"][machine.name]["files"]
    assert {path.name for path in (of_mongodb / "beside").iterdir()} == set(lived["beside"])

    # What was lost is lost again: the live platform, asked at the end, lacks those files.
    gone = "opening its attachment fails"
    undone = with_a_warning(operator.run("undo", run, "--json"), gone)
    assert lived_in.contents() == lived
    assert (lived_in.runs(), lived_in.disks()) == (running, disks)
    writes_into(machine.root)
    nothing_was_written_since(machine.engine, machine.root / OWN / "undone" / undone)
    for container in (LEFT_OVER, FOREIGN, MFA):
        facts = machine.engine.client.containers.get(container).attrs
        assert facts["HostConfig"]["RestartPolicy"]["Name"] == "always"


@pytest.mark.parametrize("lived_in", ["cluster"], indirect=True)
def test_loss_of_everything_and_restore(lived_in: LivedIn, tmp_path: Path) -> None:
    """Core's root is empty, its disks too, and one container of it is gone; the foreign one runs
    on. Of the other machines nothing is left."""
    platform, machine = lived_in.platform, lived_in.machine
    operator = Operator(platform, tmp_path, patient=True)
    laid_out_as_it_has_it(platform, RELEASES["cluster"])
    before, running, disks = lived_in.contents(), lived_in.runs(), lived_in.disks()
    assert before["attachments"]["files"] == 2 * platform.attachments_each
    backed_up(lived_in, operator)
    tells_the_release(platform, operator, RELEASES["cluster"])

    platform.wipe("core", "emptied")
    machine.engine.client.containers.get("pryvio_hfs").remove(force=True)
    for other in ("register", "static-web"):
        platform.wipe(other, "machine")
    assert lived_in.disks() == disks
    assert not any(path.is_file() for disk in DISKS for path in (machine.root / disk).rglob("*"))
    restore = operator.restore()
    assert restore.exit == 0, tail(restore)
    assert lived_in.contents() == before
    laid_out_as_it_has_it(platform, RELEASES["cluster"])
    assert (lived_in.runs(), lived_in.disks()) == (running, disks)
    writes_into(machine.root)
