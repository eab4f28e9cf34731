"""What stands on the overview, in a check or in a refusal until somebody does what it says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pryv_tui import own_folder
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.guards.containers import containers_guard, hold_guard
from pryv_tui.operations.guards.host import inside_guard, root_guard
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.place import privilege_guard, space_guard, state_guard, vault_guard
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.operations.sets.targets import targets_for
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, manifest_of, part, set_of
from tests.remedies.kit import refusal, restore_lines
from tests.remedies.shell import Shell, commands_in, paste, shell_line


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.on_new(tmp_path / "platform")


def attention(shell: Shell, words: str) -> list[str]:
    """The overview's lines that hold these words, each with its remedy."""
    return [line for line in shell.type("status").out.splitlines() if words in line]


def half_restored(root: Path, run: str, set_id: str, aside: str = "") -> None:
    own_folder.of(root).mkdir(mode=0o700, exist_ok=True)
    write_marker(root, Marker(run=run, set_id=set_id, started="now", aside=aside))


def root_of(shell: Shell) -> Path:
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    return root


class TestASet:
    def test_that_is_damaged_is_checked_mended_and_checked_again(self, shell: Shell) -> None:
        name = shell.backup()
        file = next((Path(shell.settings.vault) / name).rglob("pryv.yml"))
        whole = file.read_bytes()
        file.write_bytes(whole + b"x")
        assert shell.type("verify", name).exit == 1
        # Of the vault it is said besides that nothing of it can be restored.
        (remedy,) = (line for line in attention(shell, "is damaged") if name in line)
        assert "To see everything that is wrong: pryv-tui " in remedy
        seen = paste(commands_in(remedy)[0])
        assert seen.exit == 1 and "pryv.yml" in seen.out + seen.err
        file.write_bytes(whole)
        assert paste(commands_in(remedy)[0]).exit == 0
        assert attention(shell, "is damaged") == []

    def test_whose_check_can_not_be_read_is_checked_anew(self, shell: Shell) -> None:
        name = shell.backup()
        (Path(shell.settings.vault) / name / "verified.json").write_bytes(b"\0torn")
        (remedy,) = attention(shell, "Beside the set")
        assert "That file is not part of the set itself. To write it again: pryv-tui " in remedy
        assert paste(commands_in(remedy)[0]).exit == 0
        assert attention(shell, "Beside the set") == []

    def test_of_a_platform_that_is_gone_is_found_in_its_vault(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        name = shell.backup()
        shell.platform.wipe("all")
        elsewhere = shell.type("status", "--vault", str(tmp_path / "another"))
        assert "are gone: last seen here on" in elsewhere.out
        assert (
            "if another vault holds a set of this platform, name that vault: --vault DIR"
            in elsewhere.out
        )
        # To a state folder that has never seen it, nothing tells that it was here.
        new = ("--state", str(tmp_path / "state"))
        unseen = shell.type("status", "--vault", str(tmp_path / "another"), *new)
        assert "To bring one back, name the vault that holds its sets: --vault DIR." in unseen.out
        assert name in shell.type("status", "--vault", shell.settings.vault).out


def _after(text: str, words: str) -> str:
    return text.partition(words)[2].partition("\n")[0]


class TestAContainer:
    def test_that_is_stopped_has_a_log(self, shell: Shell) -> None:
        assert shell.type("containers", "stop", "mail").exit == 0
        (remedy,) = attention(shell, "pryvio_mail is exited")
        assert "Read its log: pryv-tui " in remedy
        log = paste(commands_in(remedy)[0])
        assert log.exit == 0 and log.out.strip()

    def test_a_database_that_is_stopped_is_started(self, shell: Shell) -> None:
        for service in ("mongodb", "redis"):
            assert shell.type("containers", "stop", service).exit == 0
        refused = shell.type("backup")
        assert refused.exit == 4
        commands = commands_in(_after(refused.out + refused.err, "Start them, then try again: "))
        assert len(commands) == 2
        for command in commands:
            assert paste(command).exit == 0, command
        shell.backup()

    @pytest.mark.parametrize(
        ("state", "way"),
        [
            ("exited", "pryv-tui containers start pryvio_mongodb --host core"),
            ("created", "pryv-tui containers start pryvio_mongodb --host core"),
            ("restarting", "pryv-tui containers restart pryvio_mongodb --host core"),
            ("paused", "docker unpause pryvio_mongodb"),
        ],
    )
    def test_each_state_has_its_own_way(self, tmp_path: Path, state: str, way: str) -> None:
        """What can't be done in a state is not advised in it: `operations/plans/container.py`."""
        from pryv_tui.operations.plans.container import ACTS, container_plan

        rest = tuple(c for c in machine("core") if c.service != "mongodb")
        down = container("mongodb", state=state)  # type: ignore[arg-type]
        found = core_on(root_in(tmp_path), containers=(*rest, down))
        line = containers_guard(found)
        assert line.remedy == f"Start them, then try again: {way}"
        nobody = discover([StillHost("core")])
        for act in ACTS:
            if f" {act} " in way:
                assert container_plan(nobody, act, found, down).steps
        missing = containers_guard(core_on(root_in(tmp_path / "2"), containers=rest))
        assert "run-pryv in the root" in missing.remedy

    def test_that_can_not_be_held(self, tmp_path: Path) -> None:
        services = [container("register", state="restarting")]
        (found,) = discover([StillHost("register", services, root=Path("/r"))]).hosts
        line = hold_guard(found, "registrations")
        assert line.remedy.startswith("Read its log: pryv-tui containers logs pryvio_register")

    def test_that_is_held_before_1_8_as_a_whole(self, tmp_path: Path) -> None:
        services = [container(name) for name in ("nginx", "register")]
        (found,) = discover([StillHost("register", services, root=Path("/r"))]).hosts
        old = msgspec.structs.replace(found, release="1.7.10")
        line = hold_guard(old, "registrations")
        assert line.outcome == "warning" and "--hold everything" in line.remedy
        assert hold_guard(old, "everything").outcome == "ok"


class TestARoot:
    def test_that_is_half_restored_by_nobody_known_is_undone(self, shell: Shell) -> None:
        """Or restored again: what the overview offers is there to be done."""
        name = shell.backup()
        root = root_of(shell)
        before = shell.platform.contents()
        done = shell.type("restore", name, "--confirm", shell.platform.domain)
        assert done.exit == 0, done
        (aside,) = (own_folder.of(root) / "aside").iterdir()
        shutil.rmtree(Path(shell.settings.state))
        half_restored(root, aside.name, name, str(aside))
        told = shell.type("doctor")
        (line,) = [one for one in told.out.splitlines() if "pryv-tui" in one and "recover" in one]
        (command,) = commands_in(line)
        assert paste(command).exit in (0, 3)
        assert "half-restored" not in shell.type("status").out
        assert shell.platform.contents()["mongodb"] == before["mongodb"]

    @pytest.mark.parametrize("how", ["restored", "recovered"])
    def test_of_which_nothing_lies_aside_is_restored_again(self, shell: Shell, how: str) -> None:
        name = shell.backup()
        root = root_of(shell)
        gone = "20260101T000000Z-restore-0000"
        half_restored(root, gone, "20250101T000000Z")
        refused = shell.type("recover")
        assert refused.exit == 4, refused
        assert refused.remedy.startswith(
            "Restore a set, after which the platform is complete again: pryv-tui "
        )
        assert name in paste(commands_in(refused.remedy)[0]).out
        told = shell.type("audit", "--live")
        assert told.exit == 4
        if how == "restored":
            assert shell.type("restore", name, "--confirm", shell.platform.domain).exit == 0
            assert shell.type("audit", "--live").exit in (0, 3)
            assert "half-restored" not in shell.type("status").out

    def test_only_what_is_safe_is_done(self, shell: Shell) -> None:
        name = shell.backup()
        half_restored(root_of(shell), "20260101T000000Z-restore-0000", name)
        refused = shell.type("recover", "--roll-back")
        assert refused.remedy.startswith("Safe is: pryv-tui ")
        assert refused.remedy.endswith(" recover --finish")
        assert paste(commands_in(refused.remedy)[0]).exit in (0, 3)
        assert shell.type("audit", "--live").exit in (0, 3)


def told(line: GuardLine, remedy: str) -> None:
    assert (line.outcome != "ok", line.remedy) == (True, remedy)


class TestAPlace:
    def vault(self, vault: Path, root: Path) -> GuardLine:
        ctx, _ = context(vault.parent, StillHost("core"))
        ctx.site.vault.folder = vault
        return vault_guard(ctx.site, [root])

    def test_of_a_vault(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        told(self.vault(tmp_path, root), "Name another folder with --vault.")
        (tmp_path / "file").write_text("")
        told(self.vault(tmp_path / "file/vault", root), "Name another with --vault.")
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        line = self.vault(tmp_path / "link", root)
        named = Path(line.remedy.removeprefix("Name the real folder: --vault "))
        for good in (tmp_path / "another", named):
            assert self.vault(good, root).outcome == "ok"

    def test_of_the_state(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        ctx, _ = context(root, StillHost("core"))
        told(state_guard(ctx.site, [root]), "Name another with --state.")
        ctx, _ = context(tmp_path / "beside", StillHost("core"))
        assert state_guard(ctx.site, [root]).outcome == "ok"

    def test_whoever_is_not_root_becomes_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ctx, _ = context(tmp_path, StillHost("core"), practice=False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        told(privilege_guard(ctx.site), "Run it with sudo.")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert privilege_guard(ctx.site).outcome == "ok"

    def test_whose_size_is_not_known_is_watched(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pryv_tui.operations.guards import place

        def fails(*_given: object) -> int:
            raise OSError(5, "Input/output error")

        ctx, _ = context(tmp_path, StillHost("core"))
        monkeypatch.setattr(place, "expected_bytes", fails)
        line = space_guard(ctx.site, [core_on(root_in(tmp_path))])
        assert line.outcome == "warning"
        assert shell_line(line.remedy.partition(": ")[2]) == 0

    def test_of_a_root(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        (tmp_path / "other").mkdir()
        wrong = [
            (core_on(root, root="/etc"), "Name the real one with --root."),
            (
                core_on(root, root="/nowhere", root_exists=False),
                "Name it with --root or PRYV_CONF_ROOT; on a new machine, restore a set.",
            ),
            (core_on(tmp_path / "other"), "Name the root with --root."),
        ]
        for state, remedy in wrong:
            told(root_guard(state), remedy)
        assert root_guard(core_on(root)).outcome == "ok"
        kept = container("mongodb", mounts={"/app/backup": "/srv/elsewhere/dump"})
        state = core_on(root, containers=(kept,))
        line = inside_guard(msgspec.structs.replace(state, root=str(root)))
        told(line, "Name the root that the containers use with --root.")
        named = msgspec.structs.replace(state, root="/srv/elsewhere")
        assert inside_guard(named).outcome == "ok"


class TestATarget:
    """Of a restore: what is wrong with where it would go, and with the other word all is well."""

    def of(self, lines: Sequence[GuardLine], name: str) -> GuardLine:
        return next(line for line in lines if line.name.startswith(name))

    def test_root(self, tmp_path: Path) -> None:
        right = root_in(tmp_path)
        manifest = manifest_of(part("core", "core", root=str(right)))
        alien = tmp_path / "alien"
        (alien / "photos").mkdir(parents=True)
        (tmp_path / "file").write_text("")
        (tmp_path / "empty").mkdir()
        for root, remedy in (
            (Path("/etc"), "Name it with --root."),
            (tmp_path / "file", "Name the root with --root."),
            (alien, "Name the right root with --root, or a folder that is empty."),
        ):
            lines = restore_lines(tmp_path, manifest, StillHost("core", [], root=root))
            told(self.of(lines, "root"), remedy)
        for root in (right, tmp_path / "empty"):
            lines = restore_lines(tmp_path, manifest, StillHost("core", [], root=root))
            assert self.of(lines, "root").outcome == "ok", lines

    def test_root_that_the_containers_do_not_use(self, tmp_path: Path) -> None:
        from pryv_tui.operations.guards.restore import _target_root_line

        root, used = root_in(tmp_path), root_in(tmp_path / "used")
        state = core_on(root, mount_root=str(used))
        line = _target_root_line(state, root)
        told(line, f"Name the root that they use: --root {used}")
        named = Path(line.remedy.partition("--root ")[2])
        assert (
            _target_root_line(msgspec.structs.replace(state, root=str(named)), named).outcome
            == "ok"
        )

    def test_practice_and_real(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        for practice, remedy in (
            (False, "Sets of practice and real platforms are never mixed: choose the right vault."),
            (True, ""),
        ):
            manifest = manifest_of(part("core", "core", root=str(root)), practice=practice)
            lines = restore_lines(
                tmp_path, manifest, StillHost("core", machine("core", root=str(root)), root=root)
            )
            said = [line.remedy for line in lines if line.name == "practice"]
            assert said == ([remedy] if remedy else [])

    def test_machines_and_roles(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        single = manifest_of(
            part("one", "core", "register", "static-web", root=str(root)), practice=True
        )
        both = [StillHost(name, [], root=tmp_path / name) for name in ("one", "two")]
        told(
            self.of(restore_lines(tmp_path, single, *both), "form"),
            "Restore it on one machine, without the configuration file.",
        )
        alone = restore_lines(tmp_path, single, both[0])
        assert [line for line in alone if line.name == "form"] == []
        wrong = StillHost("one", machine("register", root=str(root)), root=root)
        manifest = manifest_of(part("one", "core", root=str(root)), practice=True)
        told(
            self.of(restore_lines(tmp_path, manifest, wrong), "roles"),
            "Restore it on the machine that has these roles.",
        )
        right = StillHost("one", machine("core", root=str(root)), root=root)
        assert self.of(restore_lines(tmp_path, manifest, right), "roles").outcome == "ok"

    def test_two_parts_one_machine(self, tmp_path: Path) -> None:
        hosts = [StillHost("one", machine("single-node", root=str(tmp_path)), root=tmp_path)]
        found = discover(hosts)
        cluster = manifest_of(part("core", "core"), part("register", "register"))
        refused = refusal(lambda: targets_for(found, cluster, ()))
        assert refused.remedy == "Restore one role per machine, with --role."
        for role in ("core", "register"):
            assert [t.host for t in targets_for(found, cluster, (role,))] == ["one"]
        assert set_of(cluster).id

    def test_a_role_that_is_not_here(self, tmp_path: Path) -> None:
        cluster = Shell.on_new(tmp_path / "cluster", form="cluster")
        cluster.platform.wipe("core")
        refused = cluster.type("plan", "backup", "--role", "core")
        assert refused.remedy.startswith("Name a role that status shows, or declare its host")
        assert "register" in cluster.type("status").out
        assert cluster.type("plan", "backup", "--role", "register").exit == 0
