"""Each guard of a restore with a case that passes and a case that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.vault.manifest import SetManifest
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.guarded import root_in, told
from tests.operations.kit import DOMAIN, context, manifest_of, part, set_of


class TestRestore:
    """A restore of core's set; each case changes one thing."""

    def lines(
        self,
        folder: Path,
        manifest: SetManifest | None = None,
        host: StillHost | None = None,
        *,
        domain: str | None = DOMAIN,
        state: str = "complete",
    ) -> dict[str, GuardLine]:
        root = folder / "root"
        if not root.exists():
            root_in(folder)
        manifest = manifest or manifest_of(part("core", "core"), practice=True)
        host = host or StillHost("core", machine("core", root=str(root)), root=root)
        ctx, _ = context(folder, host, deployment=discover([host], domain=domain))
        backup = msgspec.structs.replace(set_of(manifest), state=state)
        targets = targets_for(ctx.deployment, manifest, ())
        found = restore_guards(ctx.site, ctx.deployment, backup, targets)
        return {line.name: line for line in found}

    def failed(self, *words: Any, **more: Any) -> list[str]:
        found = self.lines(*words, **more)
        bad = [line for line in found.values() if line.outcome == "failed"]
        assert all(told(line) for line in bad)
        return [line.name for line in bad]

    def test_a_set_of_this_platform(self, tmp_path: Path) -> None:
        assert self.failed(tmp_path) == []

    @pytest.mark.parametrize("state", ["partial", "damaged"])
    def test_a_set_that_is_not_complete(self, tmp_path: Path, state: str) -> None:
        assert self.failed(tmp_path, state=state) == ["set"]

    def test_a_real_set_on_a_practice_platform(self, tmp_path: Path) -> None:
        assert self.failed(tmp_path, manifest_of(part("core", "core"))) == ["practice"]

    def test_another_domain(self, tmp_path: Path) -> None:
        manifest = manifest_of(part("core", "core"), domain="other.example", practice=True)
        assert self.failed(tmp_path, manifest) == ["domain"]
        assert self.failed(tmp_path, manifest, domain=None) == []

    @pytest.mark.parametrize(
        ("release", "names"),
        [
            ("1.9.0", []),
            ("1.8.1", ["release core"]),
            ("2.9.2", ["release core"]),
            ("1.10.0", ["release core"]),
        ],
    )
    def test_another_release(self, tmp_path: Path, release: str, names: list[str]) -> None:
        manifest = manifest_of(part("core", "core", release=release), practice=True)
        assert self.failed(tmp_path, manifest) == names

    def test_another_role(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        host = StillHost("reg", machine("register", root=str(root)), root=root)
        manifest = manifest_of(part("reg", "core"), practice=True)
        assert "roles reg" in self.failed(tmp_path, manifest, host)

    def test_space(self, tmp_path: Path) -> None:
        manifest = manifest_of(part("core", "core", bytes=1 << 60), practice=True)
        assert self.failed(tmp_path, manifest) == ["space core"]

    def test_a_root_that_is_a_link_to_nothing_or_a_file(self, tmp_path: Path) -> None:
        link, file = tmp_path / "link", tmp_path / "file"
        link.symlink_to(tmp_path / "not mounted")
        file.write_text("x")
        for root in (link, file):
            host = StillHost("core", machine("core", root=str(root)), root=root)
            assert "root core" in self.failed(tmp_path, host=host)

    def test_a_folder_of_something_else_on_a_new_machine(self, tmp_path: Path) -> None:
        other = tmp_path / "postgresql"
        other.mkdir()
        (other / "data").mkdir()
        assert "root core" in self.failed(tmp_path, host=StillHost("core", root=other))

    def test_a_mistyped_root_while_containers_use_another(self, tmp_path: Path) -> None:
        other = tmp_path / "postgresql"
        (other / "data").mkdir(parents=True)
        real = root_in(tmp_path)
        host = StillHost("core", machine("core", root=str(real)), root=other)
        assert "root core" in self.failed(tmp_path, host=host)

    def test_a_stale_root_while_containers_mount_another(self, tmp_path: Path) -> None:
        stale = root_in(tmp_path)
        host = StillHost("core", machine("core", root="/srv/live"), root=stale)
        assert "root core" in self.failed(tmp_path, host=host)

    def test_no_program_that_brings_missing_containers_up(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        host = StillHost("core", root=root, programs=())
        assert self.failed(tmp_path, host=host) == ["compose core"]
        host = StillHost("core", root=root, programs=("docker",))
        assert self.failed(tmp_path, host=host) == []

    def test_a_single_nodes_set_on_a_clusters_core(self, tmp_path: Path) -> None:
        root = root_in(tmp_path)
        hosts = [
            StillHost("core", machine("core", root=str(root)), root=root),
            StillHost("reg", machine("register", root="/srv/reg")),
        ]
        ctx, _ = context(tmp_path, *hosts)
        manifest = manifest_of(part("one", "core", "register", "static-web"), practice=True)
        targets = targets_for(ctx.deployment, manifest, ())
        lines = restore_guards(ctx.site, ctx.deployment, set_of(manifest), targets)
        assert "failed" in [line.outcome for line in lines]
