"""A paused container that sees a former folder is found like a running one, and what is advised is
possible with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.guards.doctor import doctor
from tests.faults.bench import Bench


@pytest.mark.parametrize("service", ["mongodb", "core", "redis"])
def test_it_is_told_and_restarted_when_it_goes_on(tmp_path: Path, service: str) -> None:
    bench = Bench(tmp_path)
    folder = bench.root / {"core": "pryv/core/data"}.get(service, f"pryv/{service}/data")
    (host,) = bench.site.hosts
    name = f"pryvio_{service}"
    folder.rename(folder.with_name("former"))
    shutil.copytree(folder.with_name("former"), folder)
    host.engine.pause(name)
    site = bench.site
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("mounts")]
    assert line.outcome == "failed" and name in line.text, line
    assert line.remedy.startswith("It is paused. A run that paused"), line
    # What comes after is refused until then, and that is said.
    end = bench.run("restart", container=name, host="single")
    assert end is None or end.outcome == "refused"
    host.engine.unpause(name)
    (line,) = [one for one in doctor(site, site.discover()) if one.name.startswith("mounts")]
    assert "paused" not in line.remedy
