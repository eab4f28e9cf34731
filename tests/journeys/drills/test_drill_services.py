"""A sandbox drill that brings up who serves the data, a cluster's machines beside each other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.guard import DrillEngine
from pryv_tui.hosts.sandbox.making import Network, Wanted
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.drill import drill_plan
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox
from pryv_tui.operations.steps.drilling.check_drill import CheckDrill
from pryv_tui.practice.machines.sandboxes import PracticeMaker
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.tools import reaching
from pryv_tui.runs.record.events import (
    AnyEvent,
    Disposed,
    PhaseNoted,
    Probed,
    RunStarted,
    StepStarted,
)
from pryv_tui.runs.record.history import read_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.start import start_run
from tests.helpers.waiting import until
from tests.journeys.drills.rehearsed import Rehearsed, checks, end, in_state
from tests.operations.drilling.test_expired import make

LEFT = ("webhooks", "mail", "dns", "config_leader", "config_follower")
HURRIED = Patience(answers=0.0)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed(tmp_path_factory.mktemp("drill") / "p", form="cluster")


@pytest.fixture(autouse=True)
def untouched(cluster: Rehearsed) -> Iterator[None]:
    """Whatever becomes of a drill, the platform is what it was, and no sandbox is left."""
    before = cluster.platform.contents()
    yield
    clear_left(open_site(cluster.settings))
    assert cluster.platform.contents() == before
    assert cluster.left == [] and networks(cluster) == []


def networks(cluster: Rehearsed) -> list[str]:
    maker = need_machine(open_site(cluster.settings).hosts).maker
    assert maker is not None
    return [one.name for one in maker.made_networks()]


def planned(cluster: Rehearsed, **more: Any) -> Plan:
    site = open_site(cluster.settings)
    backup = site.vault.resolve(cluster.set)
    asked = {"drill": "d1", "depth": "services", **more}
    return drill_plan(site, site.discover(), backup, **asked)


def test_all_roles_come_up_beside_each_other_and_answer_and_nothing_gets_out(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = cluster.drill(monkeypatch, depth="services")
    assert (end(events).outcome, end(events).exit) == ("complete", 0), end(events).what
    found = checks(events)
    answers = {about for name, about in found if name == "answers"}
    assert answers == {
        "nginx of core",
        "nginx of register",
        "register of register",
        "core of core",
        "hfs of core",
    }
    assert found["sample: accounts through register", ""].found == "3 known to it"
    # What a drill can't do is told with why, is never passed, and is what alone is not.
    beyond = {key for key, one in found.items() if one.beyond}
    assert beyond == in_state(events, "not checked")
    assert set(found) - beyond == in_state(events, "passed")
    assert {("left off", f"{one} of {host}") for one, host in zip(LEFT, OF, strict=True)} < beyond
    assert ("sample: events and attachments through core", "core") in beyond
    assert all(found[key].why for key in beyond)
    # Each container tried to get out, before any data was there, and each on its networks.
    tried = [one.probe for one in events if isinstance(one, Probed)]
    assert len({one.source for one in tried}) == 8
    assert all(one.told and not one.reached for one in tried)
    assert any(one.target == "198.18.0.1:22" for one in tried)
    kinds = [one.kind for one in next(e for e in events if isinstance(e, RunStarted)).plan]
    assert kinds.index("prove-isolation") < kinds.index("in-sandbox") < kinds.index("bring-up")
    assert kinds.index("bring-up") < kinds.index("read-services") < kinds.index("remove-sandbox")
    gone = [one.disposal for one in events if isinstance(one, Disposed)]
    assert sum(one.container for one in gone) == 8 and sum(one.network for one in gone) == 3
    # It is the machine's time, as in a real restore; the walls that were tried are the sandbox's.
    of = {one.phase.name: one.phase.of for one in events if isinstance(one, PhaseNoted)}
    assert of["Bring up core of core in the sandbox"] == "machine"
    assert of["prove isolation"] == "sandbox"
    # No command of it names what is live, publishes a port, or lets a compose file do so.
    shown = [line for one in events if isinstance(one, StepStarted) for line in one.command]
    for word in ("pryvio_", "compose", " -p ", "--publish", "always", "stopped", "docker.sock"):
        assert not [line for line in shown if word in line and line[:6] == "docker"], word
    report = json.loads(cluster.type("drill", "report", end(events).run, "--format", "json").stdout)
    assert (report["plan"]["depth"], report["plan"]["level"]) == ("services", "full")
    assert report["outcome"] == "passed"
    assert "not every check" not in report["objectives"]["rto"]["why"]
    page = cluster.type("drill", "report", end(events).run).stdout
    assert "NOT CHECKED left off (webhooks of core); it calls every registered web address" in page


OF = ("core", "register", "register", "register", "core")


def test_without_data_a_service_has_its_walls_and_nothing_else(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = PracticeMaker.make, list[Wanted]()

    def noting(self: PracticeMaker, wanted: Wanted) -> None:
        made.append(wanted)
        make(self, wanted)

    monkeypatch.setattr(PracticeMaker, "make", noting)
    cluster.drill(monkeypatch, depth="services")
    names = [one.name for one in made]
    twice = [one for one in made if names.count(one.name) == 2]
    walls, real = twice[: len(twice) // 2], twice[len(twice) // 2 :]
    assert len(walls) == 5
    assert all(one.idle and not one.mounts and not one.environment for one in walls)
    assert {one.name: (one.joins, one.hosts, one.limits) for one in walls} == {
        one.name: (one.joins, one.hosts, one.limits) for one in real
    }
    (core,) = [one for one in real if one.service == "core"]
    assert [m.source for m in core.mounts if m.destination == "/dev/log"] == [
        f"{core.folder}/sink/log"
    ]
    assert all(m.source.startswith(f"{one.folder}/") for one in real for m in one.mounts)


@pytest.mark.parametrize("service", ["nginx", "register", "core", "hfs"])
def test_one_that_does_not_answer_turns_its_check_red_and_no_other(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    at = reaching._at

    def dumb(context: Any, address: str) -> Any:
        found = at(context, address)
        return None if found is not None and found.service == service else found

    monkeypatch.setattr(reaching, "_at", dumb)
    events = cluster.drill(monkeypatch, depth="services", patience=HURRIED)
    assert end(events).exit == 1
    red = in_state(events, "failed")
    assert {name for name, _ in red} == {"answers"} and len(red) == 1
    assert next(iter(red))[1].startswith(f"{service} of ")
    assert ("sample: accounts through register", "") in in_state(events, "not checked")
    assert {("sandbox removed", ""), ("production unchanged", "")} <= in_state(events, "passed")


def test_a_register_that_does_not_know_its_accounts_is_no_green_one(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "_names", lambda *_words: {"wactiv"})
    events = cluster.drill(monkeypatch, depth="services")
    assert end(events).exit == 1
    assert in_state(events, "failed") == {("sample: accounts through register", "")}


def test_what_can_get_out_of_a_network_never_gets_any_data(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = PracticeMaker.make

    def leaky(self: PracticeMaker, wanted: Wanted) -> None:
        make(self, wanted)
        if wanted.service == "hfs":
            with self._machine.engine.change() as record:
                record.containers[wanted.name].network = True

    monkeypatch.setattr(PracticeMaker, "make", leaky)
    events = cluster.drill(monkeypatch, depth="services")
    assert end(events).exit == 1
    assert in_state(events, "failed") == {("isolation", "")}
    steps = " ".join(one.step for one in events if isinstance(one, StepStarted))
    assert "in-sandbox" not in steps and "bring-up" not in steps


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("volumes: ['/etc/hospital:/x']", "what no sandbox has: mounts /etc/hospital"),
        ("network_mode: host", "what no sandbox has: network_mode host"),
        ("devices: ['/dev/kvm:/dev/kvm']", "what no sandbox has: devices /dev/kvm"),
    ],
)
def test_what_can_not_be_kept_inside_is_refused_by_name_before_anything_is_made(
    cluster: Rehearsed, body: str, named: str
) -> None:
    backup = open_site(cluster.settings).vault.resolve(cluster.set)
    path = backup.host_folder("core") / "files/pryv/pryv.yml"
    before = path.read_bytes()
    head, rest = before.decode().split("\n  core:\n", 1)
    path.write_text(f"{head}\n  core:\n    {body}\n{rest.replace('volumes:', 'x-v:', 1)}")
    try:
        done = cluster.type("drill", "run", cluster.set, "--depth", "services")
    finally:
        path.write_bytes(before)
    assert done.exit_code == 4, done.output
    assert "container core" in done.stderr and named in done.stderr
    assert f"drill run {cluster.set} --depth data" in done.stderr
    assert cluster.left == [] and networks(cluster) == []


def test_who_asks_by_address_is_refused_and_the_data_is_drilled_as_it_says(
    cluster: Rehearsed,
) -> None:
    root = cluster.platform.host("core").root_hint
    assert root is not None
    conf = next((root / "pryv/core/conf").glob("core.*"))
    before, status = conf.read_bytes(), conf.stat()
    conf.write_bytes(before + b"\nurl: http://10.20.30.40:9000\n")
    try:
        assert cluster.type("backup", "--quiet").exit_code == 0
    finally:
        conf.write_bytes(before)
        os.utime(conf, ns=(status.st_atime_ns, status.st_mtime_ns))
    asked = ("drill", "run", "latest", "--depth")
    done = cluster.type(*asked, "services")
    assert done.exit_code == 4, done.output
    assert "uses 10.20.30.40 by address" in done.stderr and conf.name in done.stderr
    assert "Drill the data alone: pryv-tui" in done.stderr
    assert cluster.type(*asked, "data").exit_code == 0


def test_an_image_in_which_nothing_can_wait_gets_no_data(
    cluster: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = DrillEngine.start

    def without(self: DrillEngine, container: str) -> None:
        if container.endswith("_hfs"):
            raise PryvTuiError("program-missing", f"{container}: sleep")
        start(self, container)

    monkeypatch.setattr(DrillEngine, "start", without)
    events = cluster.drill(monkeypatch, depth="services")
    failure = end(events).failure
    assert end(events).exit == 1 and failure is not None and "image of hfs" in failure.what
    assert ("isolation", "") not in in_state(events, "passed")
    assert "Drill the data alone: pryv-tui" in failure.remedy
    assert ("sandbox removed", "") in in_state(events, "passed")


def test_networks_that_others_have_are_gone_around(cluster: Rehearsed) -> None:
    maker = need_machine(open_site(cluster.settings).hosts).maker
    assert maker is not None
    net = Network(name="pryvdrill_d7_net", drill="d7", expires="", subnet="198.18.0.0/24")
    maker.make_network(net)
    try:
        (build,) = [one for one in planned(cluster).steps if isinstance(one, BuildSandbox)]
    finally:
        maker.remove_network("pryvdrill_d7_net", "d7")
    assert [one.subnet for one in build.networks] == [
        "198.18.1.0/24",
        "198.18.2.0/24",
        "198.18.3.0/24",
    ]


def test_networks_of_a_drill_that_nobody_knows_go_when_their_time_is_over(
    cluster: Rehearsed, tmp_path: Path
) -> None:
    maker = need_machine(open_site(cluster.settings).hosts).maker
    assert maker is not None
    words = tmp_path / "other/sandboxes"
    words.mkdir(parents=True)
    for number, expires in enumerate(("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")):
        make(maker, number, expires, str(words / f"d{number}/content"))
    (one,) = clear_left(open_site(cluster.settings), of_others=True)
    assert "1 network" in one.words and networks(cluster) == ["pryvdrill_d1_net"]
    maker.remove_network("pryvdrill_d1_net", "d1")


def test_drill_clean_removes_of_others_what_is_over_and_nothing_else(
    cluster: Rehearsed, tmp_path: Path
) -> None:
    """Drills that this state folder does not know: of another operator on the same engine."""
    before = PracticePlatform.open(cluster.folder).contents()
    known = cluster.type("drill", "list", "--json").stdout
    maker = need_machine(open_site(cluster.settings).hosts).maker
    assert maker is not None
    (build,) = [one for one in planned(cluster).steps if isinstance(one, BuildSandbox)]
    walls = next(one for one in build.wanted if one.service == "redis").walls()
    (words := tmp_path / "sandboxes").mkdir()
    later = {"later": "2999-01-01T00:00:00Z", "none": "", "odd": "x"}
    names = {drill: f"pryvdrill_{drill}_redis" for drill in ("over", *later)}
    try:
        for drill, expires in {"over": "2000-01-01T00:00:00Z", **later}.items():
            maker.make(
                msgspec.structs.replace(
                    walls,
                    name=names[drill],
                    drill=drill,
                    expires=expires,
                    joins=(),
                    folder=str(words / drill / "content"),
                )
            )
        done = cluster.type("drill", "clean", "--json")
        assert done.exit_code == 0, done.output
        (told,) = json.loads(done.stdout)
        assert (told["drill"], told["problem"]) == ("over", "")
        (gone,) = told["gone"]
        assert gone["what"] == f"container {names['over']}"
        assert "it had expired" in gone["proof"]
        assert {one.name for one in maker.made()} == {names[drill] for drill in later}
        # None of it is this state folder's drill; a second time there is nothing to be said.
        assert cluster.type("drill", "list", "--json").stdout == known
        assert json.loads(cluster.type("drill", "clean", "--json").stdout) == []
    finally:
        there = {one.name for one in maker.made()}
        for drill, name in names.items():
            if name in there:
                maker.remove(name, drill)
    assert PracticePlatform.open(cluster.folder).contents() == before


@pytest.mark.parametrize("depth", ["services", "data"])
def test_what_of_the_configuration_was_not_read_is_told_before_anything_is_made(
    tmp_path: Path, depth: str
) -> None:
    """The line `configuration`: whom a service asks for beyond what was read, nobody knows. Of a
    drill that brings none up it says nothing, and nothing where all was read. Links are not
    followed: a platform of practice has one."""
    cluster = Rehearsed(tmp_path / "p", form="cluster")  # its set is changed
    conf = open_site(cluster.settings).vault.resolve(cluster.set).host_folder("core")
    conf = conf / "files/pryv/nginx/conf"
    link, long = conf / "current.conf", conf / "zz-long.conf"
    before = told_guards(cluster, depth)
    link.unlink()
    alone = told_guards(cluster, depth)
    long.write_text("# a remark\n" * 100_000)
    cut = told_guards(cluster, depth)
    if depth == "data":
        assert not any("configuration" in lines for lines in (before, alone, cut))
        return
    assert not any("current.conf of core" in text for _, text in alone.values())
    outcome, text = before["configuration"]
    assert text.startswith("not read, and may name servers to connect to: "), outcome
    assert "pryv/nginx/conf/current.conf of core: it is a link" in text and "it: " not in text
    outcome, text = cut["configuration"]
    assert outcome == "not_known" and "zz-long.conf of core: what comes after byte 1048576" in text


def told_guards(cluster: Rehearsed, depth: str) -> dict[str, tuple[str, str]]:
    """What the first step of a drill asks of the platform, by its name."""
    step = next(one for one in planned(cluster, depth=depth).steps if isinstance(one, CheckDrill))
    site = open_site(cluster.settings)
    lines = drill_guards(
        site, site.discover(), site.vault.resolve(cluster.set), step.folder, step.containers,
        step.not_made, unread=step.unread,
    )  # fmt: skip
    return {one.name: (one.outcome, one.text) for one in lines}


@pytest.mark.parametrize("at", ["prove-isolation", "bring-up", "read-services"])
def test_one_that_is_killed_leaves_nothing_that_whoever_comes_next_does_not_clear(
    cluster: Rehearsed, at: str
) -> None:
    record = start_run(cluster.settings, "drill", set_id=cluster.set, depth="services")
    journal = JournalReader(record.journal)
    seen: list[AnyEvent] = []

    def there() -> bool:
        seen.extend(journal.read())
        return any(isinstance(one, StepStarted) and at in one.step for one in seen)

    until(there)
    started = next(one for one in seen if isinstance(one, RunStarted))
    with contextlib.suppress(ProcessLookupError):
        os.kill(started.pid, signal.SIGKILL)
    until(lambda: (found := read_run(Path(record.folder))) is not None and found.state != "running")
    said = cluster.type("recover")
    assert said.exit_code == 0, said.output
    assert cluster.left == [] and networks(cluster) == []
