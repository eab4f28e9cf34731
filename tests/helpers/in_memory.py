"""Where the folders of tests lie: in memory where there is room, on a disk where a test needs one.

A test writes hundreds of small files, runs sync each event of theirs, and each copy ends with a
sync of its whole file system: on a disk that all share, each test waits for what others wrote.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that have to be free there: what tests that passed have made is removed at once, so it is
far more than they hold together."""
PLACE = "PYTEST_DEBUG_TEMPROOT"
"""pytest's own word for where it makes its folders, also in the processes of xdist."""


def choose_place(config: pytest.Config) -> None:
    """Have pytest make its folders in memory, unless somebody says where (`--basetemp`)."""
    if not config.option.basetemp and PLACE not in os.environ and free_in(MEMORY) >= ROOM:
        os.environ[PLACE] = str(MEMORY)


def free_in(folder: Path) -> int:
    """The bytes that this process could write there."""
    try:
        return shutil.disk_usage(folder).free if os.access(folder, os.W_OK) else 0
    except OSError:
        return 0


@pytest.fixture(scope="session")
def tmp_path_factory(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[pytest.TempPathFactory]:
    """For tests of what a disk does (its syncs, attributes, clones and holes): folders on one.

    A folder of tests has it by importing it in its `conftest.py`.
    """
    if os.environ.get(PLACE) != str(MEMORY):
        yield tmp_path_factory
        return
    place = Path(tempfile.mkdtemp(prefix="disk-")).resolve()
    try:
        yield pytest.TempPathFactory(
            given_basetemp=None,
            retention_count=1,
            retention_policy="failed",
            trace=pytestconfig.trace.get("tmpdir"),
            basetemp=place,
            _ispytest=True,
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
