"""`influxd backup -portable DIR` and `influxd restore -portable DIR`."""

from __future__ import annotations

from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.tools import influx_backup, influx_restore
from pryv_tui.practice.tools.context import Context, ToolError, influx_stamp, options

_VALUED = ("-host", "-db", "-database", "-newdb", "-rp", "-shard", "-since", "-start", "-end")
_FLAGS = ("-portable", "-online", "-skip-errors")
_ADDRESSES = ("127.0.0.1:8088", "localhost:8088")


def run(context: Context) -> int:
    if not context.arguments or context.arguments[0] not in ("backup", "restore"):
        context.err('run: unknown command "' + " ".join(context.arguments[:1]) + '"\n')
        return 1
    command, *arguments = context.arguments
    try:
        found, rest = options(arguments, valued=_VALUED, flags=_FLAGS)
    except ToolError as error:
        context.err(f"flag provided but not defined: -{error}\n")
        return 1
    if "-portable" not in found or len(rest) != 1:
        context.err(f"{command}: this practice server knows the portable format only\n")
        return 1
    address = found.get("-host", _ADDRESSES[0])
    store = _server(context, address)
    database = found.get("-db", found.get("-database", ""))
    if command == "backup":
        down = store is None or context.fault("influxd-backup-fails")
        if store is None or down:
            return influx_backup.server_down(context, rest[0], address)
        return influx_backup.backup(context, store, rest[0], database)
    if store is None:
        text = (
            "error updating meta: updating metadata on influxd service failed:"
            f" err=dial tcp {address}: connect: connection refused, n=0"
        )
        context.err(f"{influx_stamp()}{text}\nrestore: {text.partition(': ')[2]}\n")
        return 1
    return influx_restore.restore(context, store, rest[0], database)


def _server(context: Context, address: str) -> InfluxStore | None:
    """Return the server at an address; None if no server answers."""
    if address not in _ADDRESSES:
        return None
    try:
        return InfluxStore(context.path("/var/lib/influxdb"))
    except FileNotFoundError:
        return None  # Its data folder was replaced while it was running.
