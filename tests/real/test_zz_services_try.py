from __future__ import annotations

import json
from pathlib import Path

import pytest

from .platform import RealPlatform
from .test_journey import Operator

pytestmark = pytest.mark.engine


def test_try(cleared: RealPlatform, tmp_path: Path) -> None:
    small = cleared
    operator = Operator(small, tmp_path)
    assert operator.backup().exit == 0
    import time

    t = time.time()
    done = operator.run("drill", "run", "--depth", "services", "--json")
    print("TOOK", time.time() - t)
    for line in done.out.splitlines():
        e = json.loads(line)
        if e["event"] in ("drill_check", "drill_phase", "run_finished"):
            print(e)
        if e["event"] == "drill_probe" and (e["probe"]["reached"] or not e["probe"]["told"]):
            print(e)
        if e["event"] == "output":
            print(e)
    print(done.err[-3000:])
    assert 0
