"""Each guard of the machine, the vault and a backup, with a case that passes and one that fails."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.guards import place
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.containers import containers_guard, hold_guard
from pryv_tui.operations.guards.host import (
    dump_folder_guard,
    engine_guard,
    marker_guard,
    root_guard,
)
from pryv_tui.operations.guards.line import GuardLine, enforce, failed, ok, warning
from pryv_tui.operations.guards.place import privilege_guard, space_guard, vault_guard
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.platform.gap import HoldKind
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import core_on, root_in, told
from tests.operations.kit import context


def outcomes(lines: Sequence[GuardLine]) -> dict[str, str]:
    return {line.name: line.outcome for line in lines}


class TestHold:
    @pytest.mark.parametrize(
        ("hold", "release", "state", "outcome"),
        [
            ("registrations", "1.9.2", "running", "ok"),
            ("registrations", "1.8.0", "running", "ok"),
            ("registrations", None, "running", "ok"),
            ("registrations", "1.7.10", "running", "warning"),
            ("everything", "1.7.10", "running", "ok"),
            ("registrations", "1.9.2", "exited", "ok"),
            ("registrations", "1.9.2", "paused", "ok"),
            ("registrations", "1.9.2", "restarting", "failed"),
            ("everything", "1.9.2", "restarting", "failed"),
        ],
    )
    def test_of_a_register(
        self, hold: HoldKind, release: str | None, state: ContainerState, outcome: str
    ) -> None:
        """Before 1.8 core writes an account first: one on its way would be in core alone."""
        services = [container(name, state=state) for name in ("nginx", "register")]
        found = discover([StillHost("register", services, root=Path("/r"))]).hosts[0]
        line = hold_guard(msgspec.structs.replace(found, release=release), hold)
        assert line.outcome == outcome
        assert outcome == "ok" or told(line)


class TestRoot:
    def test_an_installation(self, tmp_path: Path) -> None:
        assert root_guard(core_on(root_in(tmp_path))).outcome == "ok"

    @pytest.mark.parametrize("root", ["/", "/var", "/etc", "/usr", "/home"])
    def test_a_folder_of_the_system(self, tmp_path: Path, root: str) -> None:
        assert root_guard(core_on(root_in(tmp_path), root=root)).outcome == "failed"

    def test_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root = root_in(tmp_path)
        monkeypatch.setattr(Path, "home", lambda: root)
        assert root_guard(core_on(root)).outcome == "failed"

    def test_a_root_that_does_not_exist(self, tmp_path: Path) -> None:
        line = root_guard(core_on(root_in(tmp_path), root="/nowhere", root_exists=False))
        assert line.outcome == "failed" and told(line)

    def test_a_link(self, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(root_in(tmp_path))
        line = root_guard(core_on(link))
        assert line.outcome == "ok", "what is refused by one name can't be asked for by the other"
        assert str(tmp_path / "root") in line.text

    def test_a_folder_that_is_no_installation(self, tmp_path: Path) -> None:
        other = tmp_path / "other"
        other.mkdir()
        assert root_guard(core_on(other)).outcome == "failed"

    def test_evidence_that_disagrees(self, tmp_path: Path) -> None:
        line = root_guard(core_on(root_in(tmp_path), disagreements=("mounts say /x",)))
        assert line.outcome in ("warning", "failed")
        assert "mounts say /x" in line.text


def test_privileges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    practice, _ = context(tmp_path, StillHost("core"))
    real, _ = context(tmp_path, StillHost("core"), practice=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert privilege_guard(practice.site).outcome == "ok"
    assert privilege_guard(real.site).outcome == "failed"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert privilege_guard(real.site).outcome == "ok"


def test_an_engine_that_does_not_answer() -> None:
    problem = PryvTuiError("engine-unreachable", "no engine", "Start it.")
    down = discover([StillHost("core", problem=problem)]).hosts[0]
    line = engine_guard(down)
    assert (line.outcome, line.text, line.remedy) == ("failed", "no engine", "Start it.")
    assert engine_guard(discover([StillHost("core")]).hosts[0]).outcome == "ok"


def test_a_root_that_is_half_restored(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    assert marker_guard(core_on(root)).outcome == "ok"
    (root / ".pryv-tui").mkdir()
    write_marker(root, Marker(run="THE-RUN", set_id="THE-SET", started="now"))
    line = marker_guard(core_on(root))
    assert line.outcome == "failed"
    assert "THE-RUN" in line.text + line.remedy
    (root / ".pryv-tui/restoring.json").write_bytes(b"\0torn")
    assert marker_guard(core_on(root)).outcome == "failed"


def test_stores_that_do_not_run(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    assert containers_guard(core_on(root)).outcome == "ok"
    without = tuple(c for c in machine("core") if c.service != "mongodb")
    for state in ("exited", "restarting", "paused", "created"):
        stopped = container("mongodb", state=state)
        line = containers_guard(core_on(root, containers=(*without, stopped)))
        assert line.outcome == "failed"
        assert state in line.text
    assert "does not exist" in containers_guard(core_on(root, containers=without)).text


class TestVault:
    def line(self, vault: Path, root: Path) -> GuardLine:
        ctx, _ = context(vault.parent, StillHost("core"))
        ctx.site.vault.folder = vault
        return vault_guard(ctx.site, [root])

    def test_apart(self, tmp_path: Path) -> None:
        assert self.line(tmp_path / "vault", root_in(tmp_path)).outcome == "ok"

    def test_inside_the_root_and_the_reverse(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        assert self.line(root / "backups/vault", root).outcome == "failed"
        assert self.line(root, root).outcome == "failed"
        assert self.line(tmp_path, root).outcome == "failed"

    def test_inside_by_a_link(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        link = tmp_path / "looks-apart"
        link.symlink_to(root / "pryv")
        assert self.line(link / "vault", root).outcome == "failed"

    def test_a_name_that_begins_alike_is_apart(self, tmp_path: Path) -> None:
        assert self.line(tmp_path / "root-vault", root_in(tmp_path)).outcome == "ok"

    def test_not_writable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda *_a: False)
        assert self.line(tmp_path / "vault", root_in(tmp_path)).outcome == "failed"

    def test_where_no_file_can_be_kept(self, tmp_path: Path) -> None:
        line = self.line(Path("/proc/vault"), root_in(tmp_path))
        assert line.outcome == "failed"
        assert "keeps no files" in line.text

    def test_a_link_to_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "vault").symlink_to("real")
        line = self.line(tmp_path / "vault", root_in(tmp_path))
        assert line.outcome == "failed"
        assert line.remedy == f"Name the real folder: --vault {tmp_path / 'real'}"

    def test_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        line = self.line(tmp_path / "file/vault", root_in(tmp_path))
        assert (line.outcome, line.remedy) == ("failed", "Name another with --vault.")


class TestSpace:
    @pytest.mark.parametrize(("free", "outcome"), [(1 << 40, "ok"), (1000, "failed")])
    def test_the_vaults_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, outcome: str
    ) -> None:
        ctx, _ = context(tmp_path, StillHost("core"))
        monkeypatch.setattr(place, "free_bytes", lambda _folder: free)
        line = space_guard(ctx.site, [core_on(root_in(tmp_path))])
        assert line.outcome == outcome

    def test_the_disk_of_the_root_takes_the_dumps(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = root_in(tmp_path)
        monkeypatch.setattr(
            place,
            "free_bytes",
            lambda folder: 10 if root in (folder, *folder.parents) else 1 << 40,
        )
        assert dump_folder_guard(core_on(root)).outcome == "failed"


class TestBackup:
    def lines(self, folder: Path, *hosts: StillHost, roles: Sequence[str] = ()) -> dict[str, str]:
        ctx, _ = context(folder, *hosts)
        return outcomes(backup_guards(ctx.site, ctx.deployment, roles))

    def test_a_whole_machine(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        found = self.lines(tmp_path, StillHost("core", machine("core", root=str(root)), root=root))
        assert set(found.values()) == {"ok"}

    def test_nothing_to_back_up(self, tmp_path: Path) -> None:
        found = self.lines(tmp_path, StillHost("new", root=tmp_path / "none"))
        assert found["roles"] == "failed"

    def test_a_role_that_is_not_here(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        host = StillHost("core", machine("core", root=str(root)), root=root)
        assert self.lines(tmp_path, host, roles=["register"])["roles"] == "failed"

    def test_an_engine_down_is_refused(self, tmp_path: Path) -> None:
        problem = PryvTuiError("engine-unreachable", "no engine")
        host = StillHost("core", root=root_in(tmp_path), problem=problem)
        assert self.lines(tmp_path, host)["engine core"] == "failed"

    def test_data_mounted_from_outside_the_root_is_told(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        containers = [c for c in machine("core", root=str(root)) if c.service != "core"]
        containers.append(container("core", mounts={"/app/data": "/mnt/nas/attachments"}))
        found = self.lines(tmp_path, StillHost("core", containers, root=root))
        assert set(found.values()) != {"ok"}

    def test_data_behind_a_link_is_told(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        (tmp_path / "nas").mkdir()
        (root / "pryv/core/data").symlink_to(tmp_path / "nas")
        host = StillHost("core", machine("core", root=str(root)), root=root)
        assert set(self.lines(tmp_path, host).values()) != {"ok"}

    def test_the_state_folder_inside_the_root(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        host = StillHost("core", machine("core", root=str(root)), root=root)
        ctx, _ = context(tmp_path, host)
        ctx.site.state = root / "state"
        found = outcomes(backup_guards(ctx.site, ctx.deployment, ()))
        assert "failed" in found.values()


def test_enforcing_journals_every_line_and_refuses_with_all_that_failed(tmp_path: Path) -> None:
    ctx, heard = context(tmp_path, StillHost("core"))
    lines = [
        ok("a", "fine"),
        warning("b", "odd", "look"),
        failed("c", "bad", "mend c"),
        failed("d", "worse", "mend d"),
    ]
    with pytest.raises(PryvTuiError, match=r"bad.*worse") as caught:
        enforce(ctx, lines)
    assert (caught.value.name, caught.value.remedy) == ("refused", "mend c")
    assert heard.guards == [("a", "ok"), ("b", "warning"), ("c", "failed"), ("d", "failed")]
    assert len(ctx.facts.warnings) == 1
    assert heard.owed == []


def test_enforcing_what_is_fine_refuses_nothing(tmp_path: Path) -> None:
    ctx, heard = context(tmp_path, StillHost("core"))
    enforce(ctx, [ok("a", "fine")])
    assert heard.guards == [("a", "ok")]
    assert ctx.facts.warnings == []
