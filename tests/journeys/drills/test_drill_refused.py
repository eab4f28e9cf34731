"""Sandbox drills that are refused, each beside one that is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.host import Host
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards, memory_line
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.plans.drill import drill_plan
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.vault.set_files import GUIDE, SEAL, SET_JSON
from tests.helpers.waiting import until
from tests.hosts.machines import StillHost
from tests.journeys.drills.rehearsed import Rehearsed, rehearsed, untouched

__all__ = ["rehearsed", "untouched"]


class TestRefused:
    """Each names the thing and the way out, and nothing is made."""

    @pytest.fixture
    def lines(self, rehearsed: Rehearsed) -> Callable[..., dict[str, GuardLine]]:
        site = open_site(rehearsed.settings)
        deployment = site.discover()

        def found(of: Site = site, **more: Any) -> dict[str, GuardLine]:
            given: dict[str, Any] = {
                "deployment": deployment,
                "backup": site.vault.resolve(rehearsed.set),
                "folder": str(site.state / "elsewhere"),
                "containers": 3,
            }
            made = drill_guards(of, **{**given, **more})
            return {one.name: one for one in made if one.outcome == "failed"}

        assert found() == {}
        return found

    def test_a_place_in_what_is_live_and_one_elsewhere(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]], tmp_path: Path
    ) -> None:
        root = rehearsed.folder / "hosts/single/root"
        linked = tmp_path / "link"
        linked.symlink_to(root / "pryv")
        for place in (root, linked, Path(rehearsed.settings.vault)):
            done = rehearsed.type("drill", "run", "--sandbox", str(place))
            assert done.exit_code == 4 and "Name a folder elsewhere with --sandbox" in done.stderr
            assert not list(place.glob("pryvdrill*"))
        there = lines(folder=str(tmp_path))["sandbox"]
        assert "is there already" in there.text and "--sandbox" in there.remedy
        elsewhere = tmp_path / "elsewhere"
        # An unmounted disk, or a slip of the pen: no folder is made of it, and none is left.
        for missing in (elsewhere, elsewhere / "deeper"):
            done = rehearsed.type("drill", "run", "--sandbox", str(missing))
            assert done.exit_code == 4 and f"{missing} does not exist" in done.stderr
            assert f"mkdir -p {missing}" in done.stderr and not elsewhere.exists()
        elsewhere.mkdir()
        done = rehearsed.type("drill", "run", "--sandbox", str(elsewhere))
        assert done.exit_code == 0, done.output
        assert list(elsewhere.iterdir()) == []
        for word in ("report", "sign", "review"):
            assert f"--practice {rehearsed.folder} drill {word} " in done.output
        (record,) = [Path(line[12:]) for line in done.output.splitlines() if "Its record:" in line]
        assert json.loads((record / "record.json").read_text())["outcome"] == "passed"

    def test_a_depth_that_is_not_there_and_the_one_that_is(self, rehearsed: Rehearsed) -> None:
        done = rehearsed.type("drill", "run", "--depth", "everything")
        assert done.exit_code == 2 and "data" in done.stderr and "services" in done.stderr
        both = rehearsed.type("drill", "run", rehearsed.set, "--scenario", "core-lost")
        assert both.exit_code == 2 and "Omit them, or --scenario." in both.stderr
        done = rehearsed.type("drill", "run", rehearsed.set, "--depth", "data", "--quiet")
        assert (done.exit_code, done.stdout) == (0, "")
        # Of one that nobody follows its own worker writes the record.
        begun = rehearsed.type("drill", "run", rehearsed.set, "--detach", "--json")
        assert begun.exit_code == 0, begun.output
        folder = Path(rehearsed.settings.state) / "drills" / begun.stdout.split()[0]
        until((folder / "VERIFY.md").exists)
        assert json.loads((folder / "record.json").read_text())["outcome"] == "passed"

    def test_a_set_of_another_platform_or_a_damaged_one(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]]
    ) -> None:
        site = open_site(rehearsed.settings)
        backup = site.vault.resolve(rehearsed.set)
        other = msgspec.structs.replace(site.discover(), domain="other.example")
        assert "other.example" in lines(deployment=other)["domain"].text
        for state in ("damaged", "partial"):
            bad = msgspec.structs.replace(backup, state=state, problem="x")
            assert rehearsed.set in lines(backup=bad)["set"].text
        away = msgspec.structs.replace(backup, here=False, repository="repo")
        assert f"pryv-tui fetch {rehearsed.set}" in lines(backup=away)["set here"].remedy
        real = msgspec.structs.replace(
            backup, manifest=msgspec.structs.replace(backup.need("read"), practice=False)
        )
        assert "practice" in lines(backup=real)

    def test_a_set_of_a_cluster_of_the_same_domain_and_this_ones_own(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]], tmp_path: Path
    ) -> None:
        other = Rehearsed(tmp_path / "c", form="cluster", users=1, attachments=1)
        theirs, mine = open_site(other.settings), open_site(rehearsed.settings)
        of_cluster = theirs.vault.resolve(other.set)
        assert of_cluster.need("read").domain == mine.discover().domain
        found = lines(backup=of_cluster)
        assert "set is of 3 machines, this platform has 1 machine" in found["form"].text
        assert "pryv-tui list" in found["form"].remedy
        cluster = theirs.discover()
        assert "form" in lines(of=theirs, deployment=cluster)
        assert lines(of=theirs, deployment=cluster, backup=of_cluster) == {}

        def of_parts(*parts: Any) -> Any:
            manifest = of_cluster.need("read")
            roles = tuple(role for part in parts for role in part.roles)
            changed = msgspec.structs.replace(manifest, hosts=parts, roles=roles)
            return msgspec.structs.replace(of_cluster, manifest=changed)

        core, register, static = of_cluster.need("read").hosts
        # A set of one role is this cluster's; beside one machine with all of them it is not.
        assert lines(of=theirs, deployment=cluster, backup=of_parts(register)) == {}
        assert "roles single" in lines(backup=of_parts(core))
        more = msgspec.structs.replace(core, name="core-9")
        assert "machines" in lines(
            of=theirs, deployment=cluster, backup=of_parts(core, more, register, static)
        )
        # Of a platform that is lost nothing can be compared, and its set is drilled all the same.
        bare = [msgspec.structs.replace(one, roles=()) for one in mine.discover().hosts]
        lost = msgspec.structs.replace(mine.discover(), hosts=tuple(bare))
        assert lines(deployment=lost, backup=of_cluster) == {}

    @pytest.mark.parametrize("path", ["pryv/mongodb/data", "pryv/core", "pryv/influxdb/backup"])
    def test_a_set_with_a_link_where_something_is_written(
        self,
        rehearsed: Rehearsed,
        lines: Callable[..., dict[str, GuardLine]],
        tmp_path: Path,
        path: str,
    ) -> None:
        """It would lead to what is live: a container mounts what it leads to."""
        backup = open_site(rehearsed.settings).vault.resolve(rehearsed.set)
        link = tmp_path / "single/files" / path
        link.parent.mkdir(parents=True)
        for name in (SET_JSON, GUIDE, SEAL):
            shutil.copy2(backup.folder / name, tmp_path)
        assert lines(backup=msgspec.structs.replace(backup, path=str(tmp_path))) == {}
        link.symlink_to(rehearsed.folder / "hosts/single/root" / path)
        found = lines(backup=msgspec.structs.replace(backup, path=str(tmp_path)))
        assert path in found["links single"].text

    def test_an_image_that_is_gone_and_a_container_that_can_not_be_made(
        self, lines: Callable[..., dict[str, GuardLine]]
    ) -> None:
        gone = NotMade(service="redis", why="its image is not here", image="pryvio/redis:1.9.2")
        found = lines(not_made=[gone])["image redis"]
        assert "docker pull pryvio/redis:1.9.2" in found.remedy
        assert (
            "take a backup"
            in lines(not_made=[NotMade(service="redis", why="x")])["container redis"].remedy
        )

    def test_a_run_that_goes_on_and_too_little_room(
        self, lines: Callable[..., dict[str, GuardLine]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        going = GoingOn(run="r1", kind="backup")
        assert "pryv-tui attach r1" in lines(going_on=going)["runs"].remedy
        assert memory_line(None, 3).outcome == "not_known"
        assert memory_line(8 << 30, 3).outcome == "ok"
        short = memory_line(1 << 30, 3)
        assert short.outcome == "failed" and "Wait until more memory is free" in short.remedy
        usage = shutil.disk_usage("/")
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1))
        assert "on a larger disk" in lines()["space"].remedy

    def test_a_set_without_any_database_is_checked_instead(self, rehearsed: Rehearsed) -> None:
        site = open_site(rehearsed.settings)
        backup = site.vault.resolve(rehearsed.set)
        manifest = backup.need("read")
        files = [msgspec.structs.replace(one, stores={}) for one in manifest.hosts]
        bare = msgspec.structs.replace(
            backup, manifest=msgspec.structs.replace(manifest, hosts=tuple(files))
        )
        with pytest.raises(PryvTuiError) as refused:
            drill_plan(site, site.discover(), bare, drill="d1")
        assert refused.value.remedy.endswith(f"pryv-tui verify {rehearsed.set}")
        assert rehearsed.type("verify", rehearsed.set).exit_code == 0

    def test_no_engine_of_this_machine(self, rehearsed: Rehearsed) -> None:
        away = StillHost("core")
        here = open_site(rehearsed.settings).hosts[0]
        with pytest.raises(PryvTuiError, match="no Docker Engine"):
            need_machine([away])
        assert need_machine([away, here]) is here

    @pytest.mark.parametrize("url", ["tcp://127.0.0.1:2375", "ssh://operator@localhost"])
    def test_an_engine_of_this_machine_that_is_named_by_an_address(
        self, tmp_path: Path, url: str
    ) -> None:
        """It is not said to be elsewhere; named by its socket, as is said, it will do."""
        file = tmp_path / "config.toml"

        def machine(docker: str) -> Host:
            line = f"docker = {docker}"
            file.write_text(f"state = '{tmp_path}'\n[[host]]\nname = 'here'\n{line}\n")
            return need_machine(open_site(resolve_settings(config=str(file), environment={})).hosts)

        with pytest.raises(PryvTuiError) as refused:
            machine(f"'{url}'")
        assert "on this machine" not in refused.value.what
        socket = refused.value.remedy.partition("docker = ")[2].partition(" ")[0]
        assert machine(socket).name == "here"


def test_what_a_drill_is_asked_for_is_read_as_it_was_written() -> None:
    asked = Drill(run="r", settings=None, depth="services")  # type: ignore[arg-type]
    assert msgspec.to_builtins(asked)["depth"] == "services"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "drill", "depth": "everything"}, Drill)
