"""Where things lie: from mounts where there are any, from the templates otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.platform.layout import TEMPLATE_STORES, relative_to_root, resolve_layout
from pryv_tui.platform.roles import ROLE_NAMES

ROOT = "/var/pryv"


def test_without_containers_the_templates_speak() -> None:
    layout = resolve_layout(("core", "register"), ROOT, {})
    assert layout.stores == TEMPLATE_STORES
    assert layout.recreated == (
        "pryv/core/data/previews",
        "pryv/mongodb/data",
        "pryv/influxdb/data",
    )
    assert ".pryv-tui" in layout.all_left_out


def test_the_dump_folder_of_a_1_6_cluster_core_is_read_from_its_mounts() -> None:
    mounts = {
        "pryvio_mongodb": {
            "/app/data": f"{ROOT}/pryv/mongodb/data",
            "/app/backup": f"{ROOT}/pryv/core/mongodb/backup",
        }
    }
    store = resolve_layout(("core",), ROOT, mounts).stores["mongodb"]
    assert store.dump == "pryv/core/mongodb/backup"
    assert store.dump_inside == "/app/backup"
    assert store.data == "pryv/mongodb/data"


def test_a_data_folder_mounted_elsewhere_in_the_root_is_the_one_left_out() -> None:
    mounts = {"pryvio_mongodb": {"/app/data": f"{ROOT}/pryv/core/mongodb/data"}}
    layout = resolve_layout(("core",), ROOT, mounts)
    assert "pryv/core/mongodb/data" in layout.recreated
    assert "pryv/mongodb/data" not in layout.recreated


@given(st.sets(st.sampled_from(ROLE_NAMES)))
def test_only_the_stores_of_the_roles_that_live_here(roles: set[str]) -> None:
    layout = resolve_layout([name for name in ROLE_NAMES if name in roles], ROOT, {})
    assert ("mongodb" in layout.stores) == ("core" in roles)
    assert ("influxdb" in layout.stores) == ("core" in roles)
    assert ("redis" in layout.stores) == ("register" in roles)
    paths = [folder.path for folder in layout.folders]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/pryv/pryv/core", "pryv/core"),
        ("/var/pryv", "."),
        ("/var/pryv2/core", None),
        ("/mnt/core", None),
    ],
)
def test_relative_to_the_root_or_elsewhere(path: str, expected: str | None) -> None:
    assert relative_to_root(path, ROOT) == expected
