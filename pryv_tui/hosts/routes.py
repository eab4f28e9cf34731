"""Whether an address is one of this machine's own networks, as the kernel routes it."""

from __future__ import annotations

import ipaddress
import struct
import sys

from pryv_tui.reading import read_whole

TABLE = "/proc/net/route"


def on_own_network(address: str, table: str | None = None) -> bool:
    """Whether an address is reached without a gateway: an engine's bridge on this machine is.

    An engine in a machine of its own (a virtual one, a user's own network) tells addresses that
    mean something there alone; here they lead through the default route to whoever has them.

    Args:
        table: `/proc/net/route` as it is (proc_net(5)); None: this machine's.
    """
    try:
        wanted = ipaddress.IPv4Address(address)
        told = read_whole(TABLE).decode("ascii", "replace") if table is None else table
    except (OSError, ValueError):
        return False
    best = (-1, False)
    for line in told.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or not int(fields[3], 16) & 1:  # RTF_UP
            continue
        network, gateway, mask = (_number(fields[at]) for at in (1, 2, 7))
        if int(wanted) & mask == network:
            best = max(best, (mask, not gateway and mask != 0))
    return best[1]


def ends_in(pid: int, address: str, port: int) -> bool:
    """Whether a connection from that address and port ends in the network of a process.

    An address alone proves nothing: two engines of one machine may both have given it away, and one
    of another machine may have reached us by a socket that was led here. Who sees our end of the
    connection as the far one is the other end of it.

    Args:
        pid: of this machine.
        address: our own end's, of IPv4.
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
    """The table has its addresses in the machine's own order of bytes."""
    return struct.unpack("!I", struct.pack("=I", int(text, 16)))[0]  # type: ignore[no-any-return]
