"""Remedies that say what to name, to leave away or to declare: done as they are printed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.audit.live import _same_platform
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards import doctor
from pryv_tui.operations.guards.backup import names_guard
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.plans.recover import recover_plan
from pryv_tui.operations.sets.targets import hosts_for, targets_for
from pryv_tui.operations.settings.configuration import read_config
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import GapChoices
from pryv_tui.runs.planning.request import plan_undo
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.guarded import root_in
from tests.operations.kit import (
    context,
    deployed,
    host_state,
    manifest_of,
    part,
    platform_of,
    set_of,
)
from tests.operations.plans.planned import backup_of
from tests.remedies.kit import backup_lines, bad, only, program, refusal, restore_lines
from tests.remedies.shell import shell_line
from tests.runs.test_recovery import Past


def roots(folder: Path, *roles: str) -> list[StillHost]:
    """A machine per role, each with a root of its own."""
    made = []
    for role in roles:
        root = folder / role
        conf = root / "pryv" / role.replace("static-web", "nginx") / "conf"
        conf.mkdir(parents=True)
        (conf / "any.json").write_text("{}")  # without any file it is lost
        made.append(StillHost(role, machine(role, root=str(root)), root=root))
    return made


def test_a_machine_without_its_services(tmp_path: Path) -> None:
    core, web = roots(tmp_path, "core", "static-web")
    idle = StillHost("static-web", root=tmp_path / "nothing yet")
    told = only(backup_lines(tmp_path, core, idle), "Start the services of that machine (run-pryv)")
    assert "or name the roles to back up with --role" in told.remedy
    assert bad(backup_lines(tmp_path, core, idle, roles=["core"])) == []
    assert bad(backup_lines(tmp_path, core, web)) == []


def test_a_set_of_another_release(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    manifest = manifest_of(part("core", "core", release="1.8.1"), practice=True)
    here = StillHost("core", machine("core", root=str(root)), root=root)
    told = only(restore_lines(tmp_path, manifest, here), "Bring up the set's release first")
    assert told.name == "release core"
    brought = StillHost("core", machine("core", root=str(root), release="1.8.1"), root=root)
    assert bad(restore_lines(tmp_path, manifest, brought)) == []


def test_a_role_that_the_set_does_not_hold() -> None:
    manifest = manifest_of(part("a", "core"), part("b", "register"))
    here = deployed("core", "register")
    told = refusal(lambda: targets_for(here, manifest, ["static-web"]))
    assert told.remedy == "Choose a role that the set holds."
    assert [t.host for t in targets_for(here, manifest, ["core"])] == ["core"]


def test_a_set_of_another_domain(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    host = StillHost("core", machine("core", root=str(root)), root=root)
    other = manifest_of(part("core", "core"), domain="other.example", practice=True)
    told = only(restore_lines(tmp_path, other, host), "Choose a set of this platform")
    assert "or restore on an empty machine." in told.remedy
    own = manifest_of(part("core", "core"), practice=True)
    assert bad(restore_lines(tmp_path, own, host)) == []
    empty = StillHost("core", root=tmp_path / "to be made")
    lines = restore_lines(tmp_path, other, empty, domain=None)
    assert [line for line in lines if line.outcome == "failed"] == []


def test_an_audit_against_a_set_of_another_domain(tmp_path: Path) -> None:
    (host,) = roots(tmp_path, "core")
    site = Site(Settings(vault=str(tmp_path), state=str(tmp_path), practice=str(tmp_path)), (host,))
    here = discover([host], domain="pryv.example")
    other = set_of(manifest_of(part("core", "core"), domain="other.example", practice=True))
    told = refusal(lambda: _same_platform(site, here, other))
    assert told.remedy.startswith("Choose a set of this platform: pryv-tui list")
    _same_platform(site, here, set_of(manifest_of(part("core", "core"), practice=True)))


def test_a_host_that_is_declared_no_more(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("register", "20260101T000000Z-restore-0000")
    run = past.run("restore", owed, end="complete", set_id="SET")
    core, register = past.hosts
    alone = Site(past.settings, (core,))
    told = refusal(lambda: plan_undo(alone, discover([core]), run))
    assert told.remedy == "Declare it in the configuration file again."
    both = plan_undo(past.site, discover(past.hosts), run)
    assert both.kind == "undo"
    start = Owed(kind="start", host="register", what="pryvio_register")

    def recovery(*hosts: StillHost) -> Plan:
        return recover_plan(discover(hosts), dead_run="RUN", outstanding=[start])

    assert refusal(lambda: recovery(core)).remedy == told.remedy
    assert recovery(core, register).steps


HOLD = GapChoices(hold="registrations")
ALL = GapChoices(hold="everything")


@pytest.mark.parametrize(
    ("refused", "words", "ways"),
    [
        (
            (("core",), ("core",), HOLD),
            "Declare its host in the configuration file, or back up without --hold.",
            [(("core", "register"), ("core", "register"), HOLD), (("core",), ("core",), None)],
        ),
        (
            (("core", "register"), ("core",), HOLD),
            "Omit --role, or --hold.",
            [(("core", "register"), (), HOLD), (("core", "register"), ("core",), None)],
        ),
        (
            (("core", "register"), ("register",), ALL),
            "Omit --hold, or include core.",
            [
                (("core", "register"), ("register",), None),
                (("core", "register"), ("register", "core"), ALL),
            ],
        ),
        (
            (("core",), ("core",), GapChoices(hold="everything", hold_deadline=1.0)),
            "Give a longer --hold-deadline.",
            [(("core",), ("core",), GapChoices(hold="everything", hold_deadline=600.0))],
        ),
    ],
)
def test_what_can_not_be_held(refused: Any, words: str, ways: Sequence[Any]) -> None:
    def plan(machines: Sequence[str], roles: Sequence[str], gap: GapChoices | None) -> Plan:
        more: dict[str, Any] = {} if gap is None else {"gap": gap}
        return backup_of(*machines, roles=tuple(roles), **more)

    assert refusal(lambda: plan(*refused)).remedy == words
    for way in ways:
        assert plan(*way).steps


def test_a_part_of_a_set_that_has_no_place() -> None:
    manifest = manifest_of(part("a", "core"), part("b", "register"))
    told = refusal(lambda: targets_for(deployed("core"), manifest, ()))
    assert told.remedy.startswith("Declare the host in the configuration file, or restore one role")
    assert len(targets_for(deployed("core", "register"), manifest, ())) == 2
    assert [t.host for t in targets_for(deployed("core"), manifest, ["core"])] == ["core"]


def test_a_part_of_the_roles_of_one_root() -> None:
    here = deployed("single-node")
    told = refusal(lambda: hosts_for(here, ["core"]))
    _, _, named = told.remedy.partition("name all of them: ")
    assert hosts_for(here, named.replace("--role", "").split()) == hosts_for(here, ())
    manifest = manifest_of(part("one", "core", "register", "static-web"))
    told = refusal(lambda: targets_for(here, manifest, ["core"]))
    assert told.remedy == "Omit --role, or name all of them."
    every = ["core", "register", "static-web"]
    assert targets_for(here, manifest, every) == targets_for(here, manifest, ())


def test_two_machines_of_one_root() -> None:
    states = [host_state("a", "core", root="/r"), host_state("b", "register", root="/r")]
    told = refusal(lambda: hosts_for(platform_of(*states), ()))
    assert told.remedy.startswith("Give each host a separate root in the configuration file")
    own = [states[0], host_state("b", "register", root="/other")]
    assert len(hosts_for(platform_of(*own), ())) == 2


def test_a_host_of_several_without_a_root(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[[host]]\nname='a'\nroot='/a'\n[[host]]\nname='b'\n")
    told = refusal(lambda: resolve_settings(config=str(file), environment={}))
    assert told.remedy.startswith("Each host of several needs its root")
    file.write_text(file.read_text() + "root='/b'\n")
    assert len(resolve_settings(config=str(file), environment={}).hosts) == 2


@pytest.mark.parametrize(
    ("text", "named", "number"),
    [
        ("vault = [\n", "at end of document", 2),
        ("volt = '/v'\n", "line 2", 2),
        ("[[host]]\nname = 'a'\nrot = 1\n", "line 4", 4),
    ],
)
def test_a_configuration_that_can_not_be_used(
    tmp_path: Path, text: str, named: str, number: int
) -> None:
    """The message says where it is: without that line the file is read."""
    file = tmp_path / "config.toml"
    file.write_text("domain = 'pryv.example'\n" + text)
    told = refusal(lambda: read_config(file))
    assert named in told.what
    lines = file.read_text().splitlines()
    del lines[number - 1]
    file.write_text("\n".join(lines))
    assert read_config(file).domain == "pryv.example"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users: needs root")
@pytest.mark.parametrize("how", ["open to all", "of somebody", "both", "in an open folder"])
def test_a_configuration_of_others_is_made_ones_own(tmp_path: Path, how: str) -> None:
    file = tmp_path / "it's ours" / "config.toml"
    file.parent.mkdir(mode=0o755)
    file.write_text("domain = 'pryv.example'\n")
    if how == "in an open folder":
        file.parent.chmod(0o777)
    if how in ("open to all", "both"):
        file.chmod(0o666)
    if how in ("of somebody", "both"):
        os.chown(file, 4711, 4711)

    def read() -> None:
        assert resolve_settings(config=str(file), environment={}).domain == "pryv.example"

    told = refusal(read)
    assert (told.name, told.exit) == ("not-private", 4)
    if how == "in an open folder":
        assert told.remedy.startswith("Read it, then copy it to where only you")
        file = Path(shutil.copy(file, tmp_path))
    else:
        look, _, close = told.remedy.partition(" (")[2].partition("); then keep others out: ")
        assert shell_line(look) == 0
        assert shell_line(close) == 0
    read()


def test_a_domain_that_no_set_can_name() -> None:
    (told,) = names_guard("pryv\x1b.example", {})
    assert told.remedy.endswith("or give the right one in the configuration file: domain")
    assert names_guard("pryv.example", {}) == []


@pytest.mark.parametrize(
    ("words", "remedy", "ways"),
    [
        (("--vault", "", "list"), "Give it a value, or omit it.", [(), ("--vault", "V")]),
        (
            ("plan", "backup", "--full", "--paranoid"),
            "Give one of the two.",
            [("plan", "backup", "--full"), ("plan", "backup", "--paranoid")],
        ),
    ],
)
def test_what_is_said_twice_or_not_at_all(
    tmp_path: Path, words: Sequence[str], remedy: str, ways: Sequence[Sequence[str]]
) -> None:
    from pryv_tui.practice.platform import PracticePlatform

    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    where = ("--practice", tmp_path / "p")
    done = program(*words, *where)
    assert (done.exit_code, remedy in done.stderr) == (2, True), done.stderr
    for way in ways:
        named = [str(tmp_path / "V") if word == "V" else word for word in way]
        done = program(*(named if "plan" in named else [*named, "list"]), *where)
        assert done.exit_code == 0, done.output
    assert not isinstance(done.exception, PryvTuiError)


def test_containers_that_nobody_can_bring_up(tmp_path: Path) -> None:
    """Each of docker-compose and the plugin takes the refusal away, once it is installed."""
    root = root_in(tmp_path)
    manifest = manifest_of(part("core", "core"), practice=True)
    without = StillHost("core", root=root, programs=())
    told = only(restore_lines(tmp_path, manifest, without), "apt-get install docker-compose")
    assert told.name == "compose core"
    for programs in (("docker-compose",), ("docker",)):
        host = StillHost("core", root=root, programs=programs)
        assert bad(restore_lines(tmp_path, manifest, host), "compose core") == []


def test_a_container_that_no_compose_file_declares(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    files = tmp_path / "vault/20260101T000000Z/core/files/pryv"
    files.mkdir(parents=True)
    here = machine("core", root=str(root))
    declared = "\n".join(f"  {c.service}: {{image: i, container_name: {c.name}}}" for c in here[1:])
    (files / "pryv.yml").write_text(f"services:\n{declared}\n")
    manifest = manifest_of(part("core", "core"), practice=True)
    told = only(
        restore_lines(tmp_path, manifest, StillHost("core", here[1:], root=root)),
        "Start it by hand after the restore",
    )
    assert told.outcome == "warning" and here[0].name in told.text
    assert bad(restore_lines(tmp_path, manifest, StillHost("core", here, root=root))) == []


def test_compose_files_of_a_set_that_nobody_can_read(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    files = tmp_path / "vault/20260101T000000Z/core/files/pryv"
    files.mkdir(parents=True)
    (files / "pryv.yml").write_text("services:\n  core: {image: i\n")
    manifest = manifest_of(part("core", "core"), practice=True)
    here = machine("core", root=str(root))
    lacking = StillHost("core", here[1:], root=root)
    told = only(restore_lines(tmp_path, manifest, lacking), "Bring these containers up first")
    assert told.outcome == "failed"
    lines = restore_lines(tmp_path, manifest, StillHost("core", here, root=root))
    (told,) = bad(lines)
    assert told.outcome == "warning"
    assert told.remedy == f"Correct the file in {root} after the restore."
    # Mended there, as it says, the next backup has nothing to say of it.
    own = root / "pryv/pryv.yml"
    own.write_bytes((files / "pryv.yml").read_bytes())
    complaint = only(
        backup_lines(tmp_path, StillHost("core", here, root=root)), "Correct the file in the"
    )
    assert complaint.remedy.endswith("then take a backup.")
    own.write_text("services:\n  core: {image: i}\n")
    assert bad(backup_lines(tmp_path, StillHost("core", here, root=root))) == []
    # A set that is taken then is one that can bring them up.
    (files / "pryv.yml").write_bytes(own.read_bytes())
    lines = restore_lines(tmp_path, manifest, lacking)
    assert [line for line in bad(lines) if line.outcome == "failed"] == []


def test_a_docker_compose_of_the_first_generation(tmp_path: Path) -> None:
    class Old(StillHost):
        def run(self, argv: Sequence[str], *_: Any, on_output: Any, **_more: Any) -> int:
            if list(argv[:2]) == ["docker-compose", "--version"]:
                on_output("stdout", b"docker-compose version 1.29.2, build unknown\n")
            return 0

    root = root_in(tmp_path)
    files = tmp_path / "vault/20260101T000000Z/core/files/pryv"
    files.mkdir(parents=True)
    declared = "\n".join(
        f"  {c.service}: {{image: i, container_name: {c.name}, ports: !reset []}}"
        for c in machine("core")
    )
    (files / "pryv.yml").write_text(f"services:\n{declared}\n")
    manifest = manifest_of(part("core", "core"), practice=True)
    old = Old("core", root=root)
    told = only(restore_lines(tmp_path, manifest, old), "apt-get install docker-compose-plugin")
    assert told.outcome == "failed"
    new = Old("core", root=root, programs=("docker-compose", "docker"))
    lines = bad(restore_lines(tmp_path, manifest, new))
    # No container runs here that tells its release.
    assert [line for line in lines if line.outcome != "not_known"] == []


def test_a_machine_on_which_nothing_could_be_brought_up(tmp_path: Path) -> None:
    """As `doctor` tells it: one is installed, and there is nothing to tell."""
    root = root_in(tmp_path)

    def told(programs: Sequence[str]) -> list[GuardLine]:
        here = machine("core", root=str(root))
        ctx, _ = context(tmp_path, StillHost("core", here, root=root, programs=programs))
        return bad(doctor(ctx.site, ctx.deployment), "compose core")

    (line,) = told(())
    assert line.remedy.startswith("A restore onto a machine without containers needs one of them")
    assert told(("docker-compose",)) == []


def test_a_set_that_wants_more_than_there_is(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    files = tmp_path / "vault/20260101T000000Z/core/files/pryv"
    files.mkdir(parents=True)
    asked = "services:\n  core: {image: i, volumes: ['/etc:/etc'], privileged: true}\n"
    (files / "pryv.yml").write_text(asked)
    manifest = manifest_of(part("core", "core"), practice=True)
    here = StillHost("core", machine("core", root=str(root)), root=root)
    told = only(restore_lines(tmp_path, manifest, here), "Read these files first")
    assert told.outcome == "warning" and "core: mounts /etc, privileged" in told.text
    # They lie where it says, and say what it says.
    assert f"in {files.parent}" in told.remedy
    assert "privileged: true" in (files / "pryv.yml").read_text()
    # A set that asks for nothing of the kind is restored without a word.
    (files / "pryv.yml").write_text("services:\n  core: {image: i}\n")
    assert bad(restore_lines(tmp_path, manifest, here)) == []
