"""Which folders tell that a role is there, by what its containers have mounted."""

from __future__ import annotations

import msgspec
import pytest

from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS, own_of
from tests.hosts.machines import container
from tests.operations.kit import host_state

APART = "pryv/app-web-auth3"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("/var/pryv/pryv/app-web-auth3", True),
        ("/var/pryv/pryv/app-web-auth3/deeper/still", True),
        ("/var/pryv/pryv/app-web-auth3-of-before", False),
        ("/var/pryv/pryv", False),
        ("/var/pryv-of-another/pryv/app-web-auth3", False),
        ("/elsewhere", False),
    ],
)
@pytest.mark.parametrize("root", ["/var/pryv", "/var/pryv/"])
def test_a_folder_apart_counts_where_a_container_has_it(source: str, told: bool, root: str) -> None:
    one = container("app_web_auth3", mounts={"/app": source})
    state = msgspec.structs.replace(
        host_state("static", "static-web"), root=root, containers=(one,)
    )
    assert own_of(state)["static-web"] == ((APART,) if told else OWN_FOLDERS["static-web"])
    assert own_of(state)["core"] == OWN_FOLDERS["core"]
