"""What a sandbox consists of, by a set's own words: nothing in it reaches out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pryv_tui.hosts.engine import Mount
from pryv_tui.hosts.sandbox.making import Limits, Wanted
from pryv_tui.operations.drilling.facts import Probe
from pryv_tui.operations.drilling.probing import (
    Answer,
    Attempt,
    attempts,
    judged,
    looked_up,
    name_servers,
    verdict,
)
from pryv_tui.operations.drilling.spec import (
    LEAST_MEMORY,
    MOST_MEMORY,
    Declared,
    Place,
    Spec,
    declared_services,
    limits_for,
    specify,
)
from pryv_tui.platform.compose_text import services_of
from pryv_tui.platform.powers import wish_of
from pryv_tui.vault.manifest import SetImage
from tests.operations.kit import part

PLACE = Place("d1", "2026-01-02T00:00:00Z", "/state/sandboxes/d1/content", "/state/s/d1/core")
LIMITS = Limits(memory=1 << 30, cpus=1, pids=100)
FILE = "pryv/pryv.yml"


def asked(
    body: Mapping[str, Any],
    service: str = "mongodb",
    image: Callable[[SetImage], str] = lambda _: "sha256:1",
) -> Spec:
    """A set of core with one database, of which a compose file says this."""
    one = part("core", "core", stores={service: {"database": "x", "collections": {}}})
    powers = tuple(wish_of(body, {}, {}).powers)
    said = {service: Declared(FILE, powers, body)}
    return specify(one, said, PLACE, LIMITS, image)


def made(body: Mapping[str, Any]) -> Wanted:
    (found,) = asked(body).wanted
    return found


def refused(body: Mapping[str, Any]) -> str:
    found = asked(body)
    assert not found.wanted
    return found.not_made[0].why


class TestContainer:
    def test_its_folders_are_the_sandboxes_however_the_file_names_the_roots(self) -> None:
        body = {
            "volumes": [
                "./mongodb/data:/app/data",
                "${PRYV_CONF_ROOT}/pryv/mongodb/backup:/app/backup:rw",
                "/var/pryv/pryv/mongodb/conf/:/app/conf:ro",
                {"type": "bind", "source": "../pryv/mongodb/log", "target": "/app/log"},
                "/dev/log:/dev/log",
                "/etc/localtime:/etc/localtime:ro",
            ]
        }
        below = "/state/s/d1/core/pryv/mongodb"
        assert made(body).mounts == (
            Mount(f"{below}/data", "/app/data", False),
            Mount(f"{below}/backup", "/app/backup", False),
            Mount(f"{below}/conf", "/app/conf", True),
            Mount(f"{below}/log", "/app/log", False),
        )

    @pytest.mark.parametrize(
        "source",
        [
            "/var/run/docker.sock",
            "/",
            "/var/pryv",
            "/var/pryv/../other/data",
            "../../other",
            "/var/pryv-old/data",
            "named-volume",
            "~/data",
            "$HOME/data",
        ],
    )
    def test_what_lies_outside_the_root_is_refused_and_named(self, source: str) -> None:
        assert "mounts" in refused({"volumes": [f"{source}:/app/data"]})
        told = {"type": "bind", "source": source, "target": "/x"}
        assert "mounts" in refused({"volumes": [told]})

    @pytest.mark.parametrize(
        "powers",
        [
            {"privileged": "true"},
            {"pid": "host"},
            {"ipc": "host"},
            {"network_mode": "host"},
            {"network_mode": "container:pryvio_core"},
            {"devices": ["/dev/sda:/dev/sda"]},
            {"cap_add": ["SYS_ADMIN"]},
            {"userns_mode": "host"},
            {"security_opt": ["seccomp:unconfined"]},
            {"volumes_from": ["pryvio_core"]},
            {"a_key_of_tomorrow": "1"},
        ],
    )
    def test_what_lets_it_out_of_its_walls_is_refused(self, powers: dict[str, Any]) -> None:
        assert "what no sandbox has" in refused({"volumes": ["./data:/app/data"], **powers})

    def test_what_a_template_publishes_or_joins_is_left_out(self) -> None:
        body = {
            "ports": ["443:443"],
            "networks": ["frontend"],
            "restart": "always",
            "container_name": "pryvio_mongodb",
            "dns": "10.0.0.1",
            "extra_hosts": ["a:10.0.0.1"],
        }
        found = made({**body, "command": "mongod --port 27017", "user": "999"})
        assert found.name == "pryvdrill_d1_mongodb"
        assert found.joins == ()
        assert (found.command, found.user) == (("mongod", "--port", "27017"), "999")
        fields = set(Wanted.__struct_fields__)
        assert not fields & {"ports", "networks", "restart", "dns", "links", "devices", "powers"}

    def test_variables_of_whoever_would_bring_it_up_do_not_come_in(self) -> None:
        assert made({"environment": ["A=1", "TOKEN"]}).environment == {"A": "1"}
        assert made({"environment": {"A": "1", "TOKEN": None}}).environment == {"A": "1"}

    def test_an_image_that_is_not_here_is_named_and_nothing_pulled(self) -> None:
        found = asked({}, image=lambda _: "")
        assert (found.wanted, found.not_made[0].image) == ((), "pryvio/mongodb:1.9.2")

    def test_a_service_of_no_compose_file_is_named(self) -> None:
        one = part("core", "core")
        why = [each.why for each in specify(one, {}, PLACE, LIMITS, lambda _: "x").not_made]
        assert why == ["no compose file of the set declares it"] * 2

    def test_compose_files_are_asked_by_container_as_by_service(self) -> None:
        images = (SetImage("odd-name", "x", "sha256:0", True, known_as="redis"),)
        bodies = services_of({"services": {"cache": {"container_name": "odd-name"}}})
        files = [(FILE, "cache", "odd-name", (), bodies["cache"])]
        assert set(declared_services(files, images)) == {"redis"}


@pytest.mark.parametrize(
    ("available", "memory"),
    [(0, LEAST_MEMORY), (6 << 30, 1 << 30), (1 << 40, MOST_MEMORY)],
)
def test_all_together_they_take_half_of_the_memory_that_is_free(
    available: int, memory: int
) -> None:
    assert limits_for(available, 3, 2).memory == memory
    assert limits_for(available, 0, 1).cpus == 1.0


OUT = Attempt("host", "172.17.0.1", 22)


class TestProbes:
    @pytest.mark.parametrize(
        ("answer", "reached", "told"),
        [
            (Answer(0, ""), True, True),
            (Answer(1, "bash: connect: Connection refused"), True, True),
            (Answer(1, "ConnectionResetError: [Errno 104] Connection reset by peer"), True, True),
            (Answer(1, "bash: connect: Network is unreachable"), False, True),
            (Answer(1, "OSError: [Errno 101] Network is unreachable"), False, True),
            # Silence, and what comes back from a network that is there, prove nothing.
            (Answer(1, "Connection timed out"), False, False),
            (Answer(1, "No route to host"), False, False),
            (Answer(1, ""), False, False),
            (Answer(127, "bash: not found"), False, False),
            (None, False, False),
        ],
    )
    def test_only_the_kernels_word_that_there_is_no_way_is_proof(
        self, answer: Answer | None, reached: bool, told: bool
    ) -> None:
        probe = judged(OUT, "c", answer)
        assert (probe.reached, probe.told) == (reached, told)
        assert bool(verdict([probe])) == (reached or not told)

    def test_one_that_gets_out_among_many_is_enough(self) -> None:
        shut = judged(OUT, "c", Answer(1, "Network is unreachable"))
        name = looked_up("reg.pryv.example", "c", Answer(0, "10.0.0.1"))
        assert verdict([shut]) == ()
        assert verdict([shut, name]) and verdict([shut] * 50 + [name])
        assert verdict([looked_up("reg.pryv.example", "c", Answer(2, ""))]) == ()
        assert verdict([looked_up("reg.pryv.example", "c", None)])

    def test_nothing_tried_is_nothing_proven(self) -> None:
        none: list[Probe] = []
        assert verdict(none)

    def test_all_addresses_are_tried_and_a_name_server_within_is_not_taken_for_one_outside(
        self,
    ) -> None:
        servers = name_servers("# x\nnameserver 127.0.0.11\nnameserver 10.1.1.1\nsearch a\n")
        found = attempts(["172.17.0.1"], ["172.18.0.2"], servers)
        assert [(one.what, one.target) for one in found] == [
            ("outwards", "203.0.113.1"),
            ("name", "10.1.1.1"),
            ("host", "172.17.0.1"),
            ("production", "172.18.0.2"),
        ]
