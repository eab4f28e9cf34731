"""Which machines a backup takes, and where each part of a set goes; every refusal."""

from __future__ import annotations

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.sets.targets import hosts_for, taken_together, targets_for
from tests.operations.kit import deployed, host_state, manifest_of, part, platform_of


class TestBackup:
    def test_all_roles_in_the_documented_order(self) -> None:
        platform = deployed("static-web", "register", "core")
        assert [state.name for state in hosts_for(platform, ())] == [
            "core",
            "register",
            "static-web",
        ]

    def test_one_role_of_a_cluster(self) -> None:
        assert [s.name for s in hosts_for(deployed("core", "register"), ["register"])] == [
            "register"
        ]

    def test_named_roles_are_taken_in_the_documented_order_too(self) -> None:
        found = hosts_for(deployed("core", "register"), ["register", "core"])
        assert [state.name for state in found] == ["core", "register"]

    def test_every_core_is_taken(self) -> None:
        platform = platform_of(
            host_state("co1", "core", root="/a"),
            host_state("co2", "core", root="/b"),
            host_state("reg", "register", root="/c"),
        )
        assert [state.name for state in hosts_for(platform, ())] == ["co1", "co2", "reg"]

    def test_a_role_that_is_not_here(self) -> None:
        with pytest.raises(PryvTuiError, match="register was not found") as caught:
            hosts_for(deployed("core"), ["register"])
        assert caught.value.name == "refused"

    def test_a_part_of_one_root(self) -> None:
        with pytest.raises(PryvTuiError, match="share one root") as caught:
            hosts_for(deployed("single-node"), ["core"])
        assert caught.value.name == "refused"
        assert "--role static-web" in caught.value.remedy

    def test_a_replica_is_not_taken(self) -> None:
        assert [s.name for s in hosts_for(deployed("core", "replica"), ())] == ["core"]


class TestRestore:
    def test_that_each_machine_of_a_role_goes_back_is_said_where_there_are_several(self) -> None:
        manifest = manifest_of(part("a", "core"), part("b", "core"), part("c", "register"))
        platform = platform_of(
            host_state("a", "core", root="/a"),
            host_state("b", "core", root="/b"),
            host_state("c", "register", root="/c"),
        )
        roles = {one.name: one.roles for one in manifest.hosts}
        for asked in (("core",), ()):
            (line,) = taken_together(targets_for(platform, manifest, asked), roles)
            assert line.startswith("core goes back to the set on 2 machines, a, b: ")
        assert taken_together(targets_for(platform, manifest, ("register",)), roles) == []

    def test_each_part_goes_where_its_role_lives(self) -> None:
        manifest = manifest_of(part("old-core", "core"), part("old-reg", "register"))
        found = targets_for(deployed("register", "core"), manifest, ())
        assert [(t.set_host, t.host, t.root) for t in found] == [
            ("old-core", "core", "/var/pryv/core"),
            ("old-reg", "register", "/var/pryv/register"),
        ]

    def test_a_machine_that_lost_its_role_is_found_by_its_name(self) -> None:
        platform = platform_of(host_state("core"), host_state("register", "register"))
        manifest = manifest_of(part("core", "core"))
        assert [t.host for t in targets_for(platform, manifest, ())] == ["core"]

    def test_the_only_machine_takes_the_only_part(self) -> None:
        platform = platform_of(host_state("brand-new"))
        manifest = manifest_of(part("old", "core", "register", "static-web"))
        assert [t.host for t in targets_for(platform, manifest, ())] == ["brand-new"]

    def test_one_role_of_a_cluster_set(self) -> None:
        manifest = manifest_of(part("core", "core"), part("register", "register"))
        found = targets_for(deployed("core", "register"), manifest, ["register"])
        assert [t.set_host for t in found] == ["register"]

    @pytest.mark.parametrize(
        ("here", "roles", "words"),
        [
            (("core",), ["static-web"], "does not hold the role"),
            (("core",), [], "there is no place"),
        ],
    )
    def test_what_is_refused(self, here: tuple[str, ...], roles: list[str], words: str) -> None:
        manifest = manifest_of(part("a", "core"), part("b", "register"))
        with pytest.raises(PryvTuiError, match=words) as caught:
            targets_for(deployed(*here), manifest, roles)
        assert caught.value.name == "refused"

    def test_a_part_of_one_root_of_the_set(self) -> None:
        manifest = manifest_of(part("one", "core", "register", "static-web"))
        with pytest.raises(PryvTuiError, match="share one root"):
            targets_for(deployed("single-node"), manifest, ["core"])

    def test_two_parts_on_one_machine(self) -> None:
        manifest = manifest_of(part("a", "core"), part("b", "register"))
        with pytest.raises(PryvTuiError, match="two parts of the set would go to"):
            targets_for(deployed("single-node"), manifest, ())

    def test_two_machines_with_one_root(self) -> None:
        platform = platform_of(host_state("co1", "core"), host_state("reg", "register"))
        manifest = manifest_of(part("co1", "core"), part("reg", "register"))
        with pytest.raises(PryvTuiError):
            targets_for(platform, manifest, ())

    def test_every_core_of_a_set(self) -> None:
        platform = platform_of(
            host_state("co1", "core", root="/a"), host_state("co2", "core", root="/b")
        )
        manifest = manifest_of(part("co1", "core"), part("co2", "core"))
        found = targets_for(platform, manifest, ())
        assert [(t.set_host, t.host) for t in found] == [("co1", "co1"), ("co2", "co2")]
