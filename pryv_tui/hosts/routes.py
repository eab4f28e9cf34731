"""Check whether an address is in one of this machine's own networks, by its routing table."""

from __future__ import annotations

import ipaddress
import struct
import sys

from pryv_tui.reading import read_whole

TABLE = "/proc/net/route"


def on_own_network(address: str, table: str | None = None) -> bool:
    """Whether an address is reached without a gateway, as that of an engine's bridge here is.

    An engine in a virtual machine, or in a network namespace of its own, gives addresses that are
    valid only there. From here they lead through the default route to some other machine.

    Args:
        table: the content of `/proc/net/route` (proc_net(5)); None: this machine's.
    """
    try:
        wanted = ipaddress.IPv4Address(address)
        told = read_whole(TABLE).decode("ascii", "replace") if table is None else table
    except (OSError, ValueError):
        return False
    best = (-1, False)
    for line in told.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or not int(fields[3], 16) & 1:  # the route is down (no RTF_UP)
            continue
        network, gateway, mask = (_number(fields[at]) for at in (1, 2, 7))
        if int(wanted) & mask == network:
            best = max(best, (mask, not gateway and mask != 0))
    return best[1]


def ends_in(pid: int, address: str, port: int) -> bool:
    """Whether a connection from this address and port ends in the network of a process.

    An address alone proves nothing. Two engines of one machine may both have given it to a
    container, and an engine of another machine may be forwarded to a socket here. The other end of
    the connection is in the network that lists this end as its remote address.

    Args:
        pid: a process of this machine.
        address: the IPv4 address of this machine's end.
        port: the port of this machine's end.
    """
    try:
        ours = f"{struct.unpack('=I', ipaddress.IPv4Address(address).packed)[0]:08X}"
    except ValueError:
        return False
    mapped = f"0000000000000000FFFF0000{ours}" if sys.byteorder == "little" else ""
    for table, wanted in (("tcp", ours), ("tcp6", mapped)):
        try:
            told = read_whole(f"/proc/{pid}/net/{table}").decode("ascii", "replace")
        except OSError:
            continue
        # `sl local_address rem_address st …` (proc_net(5)).
        if any(line.split()[2:3] == [f"{wanted}:{port:04X}"] for line in told.splitlines()[1:]):
            return True
    return False


def _number(text: str) -> int:
    """Convert a number of the table, which has addresses in the machine's own byte order."""
    return struct.unpack("!I", struct.pack("=I", int(text, 16)))[0]  # type: ignore[no-any-return]
