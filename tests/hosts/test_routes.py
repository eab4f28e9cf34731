"""Which addresses are this machine's own networks."""

from __future__ import annotations

import pytest

from pryv_tui.hosts.routes import on_own_network

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
DEFAULT = "eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
BRIDGE = "br-1\t000013AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"  # 172.19.0.0/16
BEHIND = "eth0\t000011AC\t0102A8C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n"  # 172.17.0.0/16, a gateway
WITHIN = "tun0\t000513AC\t0102A8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"  # 172.19.5.0/24, a gateway
DOWN = "br-2\t000014AC\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0\n"  # 172.20.0.0/16, down
TABLE = HEAD + DEFAULT + BRIDGE + BEHIND + WITHIN + DOWN


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("172.19.0.2", True),
        ("172.19.255.254", True),
        ("172.17.0.2", False),  # the bridge of an engine that is elsewhere
        ("172.19.5.2", False),  # a narrower route wins
        ("172.20.0.2", False),
        ("10.0.0.1", False),
        ("", False),
        ("fd00::2", False),
        ("pryvio_redis", False),
    ],
)
def test_only_what_no_gateway_leads_to(address: str, own: bool) -> None:
    assert on_own_network(address, TABLE) is own


def test_the_table_of_this_very_machine_is_understood() -> None:
    assert not on_own_network("203.0.113.7")


def test_a_machine_without_a_table_reaches_nothing() -> None:
    assert not on_own_network("172.19.0.2", "")
