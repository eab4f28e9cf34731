"""A drill with services behind a real nginx, whose configuration is as the vendor's: who it passes
on to is found inside the sandbox, and register, core and hfs answer through it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.operations.drilling.nginx import looked_up
from tests.real.conftest import MakePlatform
from tests.real.journeys.register import let_register_know
from tests.real.operator import Operator
from tests.real.testbed import compose, nginx, stores
from tests.real.testbed.platform import DOMAIN, RealPlatform

pytestmark = pytest.mark.engine

WITHOUT = tuple(one for one in compose.IDLE if one not in ("hfs", "config_leader"))


@pytest.fixture
def behind_nginx(make_platform: MakePlatform) -> Iterator[RealPlatform]:
    """A single node with core, hfs, register and their databases, behind a real nginx."""
    platform = make_platform(without=WITHOUT, fill=False)
    nginx.need_image(platform)
    nginx.put_before(platform)
    let_register_know(platform.machine("register").root)
    platform.up()
    with stores.mongodb(platform.ip("mongodb")) as database:
        stores.make_indexes(database)
    for number in range(2):
        platform.add_user(f"user{number:03d}", events=10, points=10)
    platform.settle()
    yield platform
    (machine,) = platform.machines
    client = machine.engine.client
    for one in client.containers.list(all=True, filters={"label": DRILL}):
        one.remove(force=True, v=True)
    for net in client.networks.list(filters={"label": DRILL}):
        net.remove()


def test_register_core_and_hfs_answer_behind_a_real_nginx(
    behind_nginx: RealPlatform, tmp_path: Path
) -> None:
    platform = behind_nginx
    (machine,) = platform.machines
    running = machine.engine.client.containers.get("pryvio_nginx")
    said = running.exec_run(["/usr/sbin/nginx", "-v"]).output
    assert isinstance(said, bytes) and b"nginx version: nginx/" in said, "it is the real one"
    assert platform.get("reg", "/service/info")[0] == 200

    operator = Operator(platform, tmp_path)
    assert operator.backup().exit == 0
    done = operator.run("drill", "run", "--depth", "services", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    every = [one["check"] for one in events if one["event"] == "drill_check"]
    found = {(one["name"], one["about"]): one for one in every}
    wrong = {k: v for k, v in found.items() if v["state"] != "passed" and not v["beyond"]}
    assert (done.exit, wrong) == (0, {}), done.err
    told = {
        about.partition(" of ")[0]: one["found"]
        for (name, about), one in found.items()
        if name == "answers"
    }
    assert f"https://reg.{DOMAIN}/service/info says 200" in told["register"]
    assert f"https://co1.{DOMAIN}/status says 200" in told["core"]
    assert "hfs" in told
    # It passes on to the sandbox's register, who has no such page.
    assert f"https://reg.{DOMAIN}/ says 404" in told["nginx"]
    # Everybody whom it looks up as it starts was led inside: else it had not started.
    asked = looked_up(nginx.site(DOMAIN))
    assert nginx.WEB in asked.reached and {"preview", "mfa", "admin_panel"} <= set(asked.reached)
    left = [str(one.name) for one in machine.engine.client.containers.list(all=True)]
    assert not [name for name in left if PREFIX in name]
