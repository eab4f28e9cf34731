"""Discovery: from hand-made containers of several releases to roles, root, release and layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import (
    choose_root,
    discover,
    discover_host,
    read_domain,
    root_from_labels,
    root_from_mounts,
    spelled,
)
from tests.hosts.machines import COMPOSE_DIR, StillHost, container, machine


def test_a_cluster_core_of_1_6_has_its_dump_folder_where_its_mounts_say() -> None:
    dump = "pryv/core/mongodb/backup"
    found = discover_host(StillHost("co1", machine("core", release="1.6.16", dump=dump)))
    assert found.roles == ("core",)
    assert found.release == "1.6.16"
    assert found.root == "/var/pryv"
    assert found.root_source == "the containers' mounts"
    assert found.layout.stores["mongodb"].dump == "pryv/core/mongodb/backup"
    assert found.layout.stores["influxdb"].dump == "pryv/influxdb/backup"
    assert "redis" not in found.layout.stores
    assert not found.replica


def test_a_single_node_of_1_9_has_every_role_and_store() -> None:
    found = discover_host(StillHost("one", machine("single-node", root="/srv/pryv-root")))
    assert found.roles == ("core", "register", "static-web")
    assert found.root == "/srv/pryv-root"
    assert set(found.layout.stores) == {"mongodb", "influxdb", "redis"}
    assert found.release == "1.9.2"
    assert found.follower is not None
    assert discover([StillHost("one", machine("single-node"))]).form == "single-node"


def test_a_replica_is_told_from_a_register() -> None:
    found = discover_host(StillHost("reg2", machine("replica")))
    assert found.replica
    assert found.roles == ()
    assert not found.layout.stores


def test_a_machine_without_containers_and_root_is_a_normal_state(tmp_path: Path) -> None:
    found = discover_host(StillHost("new", root=tmp_path / "none"))
    assert found.reachable
    assert (found.roles, found.containers, found.release) == ((), (), None)
    assert not found.root_exists
    assert found.root_source == "the configuration"


def test_without_containers_the_roots_folders_speak(tmp_path: Path) -> None:
    (tmp_path / "pryv/core/conf").mkdir(parents=True)
    (tmp_path / "pryv/register/conf").mkdir(parents=True)
    assert discover_host(StillHost("one", root=tmp_path)).roles == ("core", "register")


def test_a_follower_that_was_left_does_not_hide_the_roots_roles(tmp_path: Path) -> None:
    (tmp_path / "pryv/core/conf").mkdir(parents=True)
    follower = container(
        "config_follower", root=str(tmp_path), mounts={"/app/conf": "config-follower/conf"}
    )
    assert discover_host(StillHost("co1", [follower], root=tmp_path)).roles == ("core",)


def test_an_engine_that_does_not_answer_is_a_fact() -> None:
    problem = PryvTuiError("engine-unreachable", "no engine answers at unix:///nowhere.sock")
    found = discover_host(StillHost("one", problem=problem))
    assert not found.reachable
    assert found.problem == problem.what
    assert found.remedy == problem.remedy
    assert found.root == "/var/pryv"
    assert found.root_source == "the default"


class TestRoot:
    """The order is: given, PRYV_CONF_ROOT, mounts, compose labels, the default."""

    here = machine("core", root="/srv/a")

    def test_the_given_root_wins_and_the_mounts_disagree(self) -> None:
        root, source, disagreements = choose_root(
            given=Path("/srv/b"), variable=None, containers=self.here
        )
        assert (root, source) == ("/srv/b", "the configuration")
        assert len(disagreements) == 1
        assert "/srv/a" in disagreements[0] and "mounts" in disagreements[0]

    def test_the_variable_wins_over_the_mounts(self) -> None:
        root, source, disagreements = choose_root(
            given=None, variable="/srv/c", containers=self.here
        )
        assert (root, source) == ("/srv/c", "PRYV_CONF_ROOT")
        assert disagreements

    def test_evidence_that_agrees_is_no_disagreement(self) -> None:
        root, _source, disagreements = choose_root(
            given=Path("/srv/a/"), variable="/srv/a", containers=self.here
        )
        assert root == "/srv/a"
        assert disagreements == ()

    def test_labels_where_no_mount_speaks(self) -> None:
        bare = [container("nginx", labels={COMPOSE_DIR: "/srv/d/pryv"})]
        assert choose_root(given=None, variable=None, containers=bare)[:2] == (
            "/srv/d",
            "the compose labels",
        )
        assert root_from_labels([container("nginx", labels={COMPOSE_DIR: "/elsewhere"})]) is None

    def test_nothing_speaks(self) -> None:
        assert choose_root(given=None, variable="", containers=[])[0] == "/var/pryv"

    @pytest.mark.parametrize("root", ["/var/pryv", "/srv/pryv/platform", "/pryv", "/a b/pryv"])
    def test_a_root_that_itself_is_called_pryv(self, root: str) -> None:
        assert root_from_mounts(machine("core", root=root)) == root

    def test_mounts_outside_a_root_say_nothing(self) -> None:
        assert root_from_mounts([container("core", mounts={"/dev/log": "/dev/log"})]) is None

    @pytest.mark.parametrize("service", ["config_leader", "config_follower"])
    def test_the_leader_alone_below_a_root_called_pryv(self, service: str) -> None:
        folder = service.replace("_", "-")
        left = [container(service, root="/data/pryv", mounts={"/app/conf": f"{folder}/conf"})]
        assert root_from_mounts(left) == "/data/pryv"


class TestDomain:
    def test_the_leaders_platform_file(self, tmp_path: Path) -> None:
        conf = tmp_path / "config-leader/conf"
        conf.mkdir(parents=True)
        (conf / "platform.yml").write_text(
            "vars:\n  MAIN:\n    settings:\n      DOMAIN:\n        value: pryv.example\n"
        )
        assert read_domain(tmp_path) == ("pryv.example", str(conf / "platform.yml"))

    @pytest.mark.parametrize("name", ["reg", "co1", "co12", "sw"])
    def test_a_server_name_of_nginx(self, tmp_path: Path, name: str) -> None:
        conf = tmp_path / "pryv/nginx/conf"
        conf.mkdir(parents=True)
        (conf / "site.conf").write_text(f"server {{ server_name {name}.pryv.example; }}")
        found = read_domain(tmp_path)
        assert found is not None
        assert found[0] == "pryv.example"

    @pytest.mark.parametrize("text", ["", "- [", "DOMAIN: {value: 3}", "DOMAIN: ' '", "a: b"])
    def test_a_file_that_says_nothing(self, tmp_path: Path, text: str) -> None:
        conf = tmp_path / "config-leader/conf"
        conf.mkdir(parents=True)
        (conf / "platform.yml").write_text(text)
        assert read_domain(tmp_path) is None

    def test_configured_read_and_guessed(self, tmp_path: Path) -> None:
        conf = tmp_path / "config-leader/conf"
        conf.mkdir(parents=True)
        (conf / "platform.yml").write_text("DOMAIN: pryv.example\n")
        host = StillHost("one", root=tmp_path)
        assert discover([host], domain="given.example").domain == "given.example"
        assert discover([host]).domain == "pryv.example"
        bare = discover([StillHost("one", root=tmp_path / "none")])
        assert bare.domain_source == "the machine's name"


def test_three_machines_are_a_cluster_and_the_variable_speaks_for_none_of_them() -> None:
    hosts = [StillHost(role, machine(role)) for role in ("core", "register", "static-web")]
    found = discover(hosts, variable="/elsewhere")
    assert found.form == "cluster"
    assert found.roles == ("core", "register", "static-web")
    assert {state.root for state in found.hosts} == {"/var/pryv"}
    assert found.release == "1.9.2"
    assert [state.name for state in found.hosts_of("register")] == ["register"]


def test_mounts_below_the_root_have_its_one_name(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "root-of-another"
    (root / "pryv").mkdir(parents=True)
    other.mkdir()
    (tmp_path / "link").symlink_to("root")
    (other / "back").symlink_to(root)
    told = {
        f"{root}": f"{root}",
        f"{root}/pryv/core": f"{root}/pryv/core",
        f"{root}/../root-of-another": f"{root}/../root-of-another",
        f"{tmp_path}/link/pryv": f"{root}/pryv",
        f"{other}": f"{other}",
        f"{other}/pryv": f"{other}/pryv",
        f"{other}/back/pryv/core": f"{root}/pryv/core",
        "/elsewhere": "/elsewhere",
    }
    one = container("core", mounts={f"/{at}": source for at, source in enumerate(told)})
    (found,) = spelled([one], str(root))
    assert [mount.source for mount in found.mounts] == list(told.values())
