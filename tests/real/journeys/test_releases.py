"""Backup, loss, restore with root, mounts, tags and stores as a release's templates have them.

What is the same in all releases is tried on 1.9.2 (`test_journey.py`); here is what differs. Pryv's
own images, MongoDB and older generations of InfluxDB and Redis are not in it: the README says what
is real.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.conftest import MakePlatform
from tests.real.journeys.releases import laid_out_as_it_has_it, tells_the_release
from tests.real.operator import Operator, tail
from tests.real.testbed.compose import IDLE, image_of

pytestmark = pytest.mark.engine

LAID_OUT = ["1.7.14", "1.8.1"]
"""On one machine; as a cluster: `test_all_at_once.py`."""


@pytest.mark.parametrize("release", LAID_OUT)
def test_backup_loss_restore(
    make_platform: MakePlatform, tagged: Callable[[str], None], tmp_path: Path, release: str
) -> None:
    tagged(release)
    platform = make_platform(
        release=release, users=2, events=6, points=6, attachments=2,
        without=[service for service in IDLE if service != "hfs"],
    )  # fmt: skip
    operator = Operator(platform, tmp_path)
    laid_out_as_it_has_it(platform, release)
    before = platform.contents()
    assert before["attachments"]["files"] == 4
    core = platform.machine("core").engine.client.containers.get("pryvio_core")
    assert core.attrs["Config"]["Image"] == image_of("core", release)

    backup = operator.backup()
    assert backup.exit == 0, tail(backup)
    tells_the_release(platform, operator, release)

    platform.wipe("all", "machine")
    restore = operator.restore()
    assert restore.exit == 0, tail(restore)
    assert platform.contents() == before
    laid_out_as_it_has_it(platform, release)
