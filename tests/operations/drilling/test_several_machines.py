"""A drill of a set of several machines tells what is compared of each of them."""

from __future__ import annotations

from collections import Counter

from pryv_tui.operations.plans.restore import restore_plan
from pryv_tui.operations.steps.drilling.in_sandbox import wrapped
from pryv_tui.vault.manifest import SetManifest
from tests.operations.kit import host_state, manifest_of, part, platform_of, set_of


def compared(manifest: SetManifest) -> Counter[tuple[str, str]]:
    here = platform_of(
        *(
            host_state(one.name, *one.roles, root=f"/r/{one.name}")  # type: ignore[arg-type]
            for one in manifest.hosts
        )
    )
    plan = restore_plan(here, set_of(manifest), run_id="RUN")
    return Counter(check for step in plan.steps for check in wrapped(step, manifest).checks)


def test_a_store_that_two_machines_have_is_compared_on_each() -> None:
    """Else what the second one comes to is all that a record tells of both."""
    manifest = manifest_of(part("co1", "core"), part("co2", "core"), part("reg", "register"))
    found = compared(manifest)
    content = {about for name, about in found if name == "content"}
    assert content == {
        "mongodb of co1",
        "mongodb of co2",
        "influxdb of co1",
        "influxdb of co2",
        "redis",
    }
    files = {about for name, about in found if name == "files brought back"}
    assert files == {"co1", "co2", "reg"}
    assert {many for (name, _), many in found.items() if name == "content"} == {1}


def test_a_store_of_one_machine_is_called_by_its_name_alone() -> None:
    one = manifest_of(part("core", "core"), part("reg", "register"))
    content = {about for name, about in compared(one) if name == "content"}
    assert content == {"mongodb", "influxdb", "redis"}
