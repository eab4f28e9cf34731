"""A drill does not begin where its machine has too much to do already."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from pryv_tui.operations.drilling.pressure import Pressure, pressure_now
from pryv_tui.operations.guards.drill import pressure_lines, unwell_line
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.sanitize import OneLine


def told(now: Pressure, load: int = 0, stalled: int = 25) -> dict[str, str]:
    return {one.name: one.outcome for one in pressure_lines(now, load, stalled)}


def test_what_the_kernel_says_is_read(tmp_path: Path) -> None:
    (tmp_path / "pressure").mkdir()
    (tmp_path / "loadavg").write_text("3.00 2.00 1.00 1/99 1234\n")
    for name, share in (("memory", "12.50"), ("io", "0.00")):
        (tmp_path / "pressure" / name).write_text(
            f"some avg10=90.00 avg60=90.00 avg300=90.00 total=1\n"
            f"full avg10=80.00 avg60={share} avg300=70.00 total=1\n"
        )
    assert pressure_now(tmp_path, processors=2) == Pressure(load=150.0, memory=12.5, disk=0.0)
    assert pressure_now(tmp_path / "none", processors=2) == Pressure()


def test_each_is_a_line_of_its_own_and_refuses_by_its_limit() -> None:
    calm = Pressure(load=150.0, memory=3.0, disk=24.0)
    assert set(told(calm).values()) == {"ok"}
    assert list(told(calm)) == ["load", "pressure memory", "pressure disk"]
    assert told(calm, load=151)["load"] == "ok" and told(calm, load=150)["load"] == "failed"
    assert told(calm, stalled=24)["pressure disk"] == "failed"
    assert told(calm, stalled=3)["pressure memory"] == "failed"
    # What is not known refuses nothing, and is not said to be none.
    unknown = pressure_lines(Pressure(), 1, 1)
    assert {one.outcome for one in unknown} == {"not_known"}
    assert all("not known" in one.text or "does not tell" in one.text for one in unknown)
    (line,) = [one for one in pressure_lines(calm, 100, 25) if one.outcome == "failed"]
    assert "150 % of the processors" in line.text and "below 100 %" in line.text
    assert "`drill_load` in the configuration" in line.remedy


def test_its_limits_are_configured_as_the_way_out_says(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("drill_load = 300\ndrill_stalled = 60\n")
    config.chmod(0o600)
    found = resolve_settings(config=str(config), environment={})
    assert (found.drill_load, found.drill_stalled) == (300, 60)
    now = Pressure(load=250.0, memory=50.0, disk=0.0)
    refused = [one for one in pressure_lines(now, 200, 25) if one.outcome == "failed"]
    assert len(refused) == 2
    allowed = pressure_lines(now, found.drill_load, found.drill_stalled)
    assert {one.outcome for one in allowed} == {"ok"}
    usual = resolve_settings(environment={})
    assert (usual.drill_load, usual.drill_stalled) == (0, 25)


def test_containers_in_trouble_are_named_and_refuse_nothing(tmp_path: Path) -> None:
    PracticePlatform.create(tmp_path / "p", users=0, attachments=0)
    found = open_site(resolve_settings(practice=str(tmp_path / "p"), environment={})).discover()
    (state,) = found.hosts
    assert unwell_line(found).text.startswith("according to the engine, none is unhealthy")
    first, second, *rest = state.containers
    ill = (
        structs.replace(first, health=OneLine("unhealthy")),
        structs.replace(second, state="restarting"),
        *rest,
    )
    told = unwell_line(structs.replace(found, hosts=(structs.replace(state, containers=ill),)))
    assert told.outcome == "ok" and "none is unhealthy" not in told.text
    assert f"{first.name} on {state.name} is unhealthy" in told.text
    assert f"{second.name} on {state.name} keeps restarting" in told.text
    silent = structs.replace(state, reachable=False, containers=())
    away = unwell_line(structs.replace(found, hosts=(silent,)))
    assert away.text == f"not known for {state.name}"
