"""`influx -execute 'SHOW DATABASES' -format csv`, and `SHOW SHARDS`, `SHOW MEASUREMENTS ON "name"`,
`DROP DATABASE "name"` (before a retry), `DROP MEASUREMENT` (of what a gap left), and the count of
points, all or since a moment: `SELECT COUNT(*) FROM "name"../.*/ WHERE time > NANOSECONDS`.

Several measurements in JSON are printed as by the real client: one line with an item for each
statement, which is empty for a database that has none or does not exist (seen with 1.6.7).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from pryv_tui.practice.stores.influx import InfluxStore
from pryv_tui.practice.stores.influx_meta import POLICY, Meta
from pryv_tui.practice.tools.context import Context, ToolError, options

_Series = dict[str, object]
_VALUED = ("-execute", "-format", "-host", "-port", "-database", "-precision")
_SHARD_COLUMNS = (
    "name,id,database,retention_policy,shard_group,start_time,end_time,expiry_time,owners"
)
_DROP = re.compile(r'DROP\s+DATABASE\s+(?:"([^"]+)"|(\S+))', re.IGNORECASE)
_MEASUREMENTS = re.compile(r'SHOW\s+MEASUREMENTS\s+ON\s+"([^"]+)"', re.IGNORECASE)
_POLICIES = re.compile(r'SHOW\s+RETENTION\s+POLICIES\s+ON\s+"([^"]+)"', re.IGNORECASE)
_DROP_MEASUREMENT = re.compile(r'DROP\s+MEASUREMENT\s+"([^"]+)"', re.IGNORECASE)
_COUNT = re.compile(r'SELECT\s+COUNT\(\*\)\s+FROM\s+"([^"]+)"', re.IGNORECASE)
_SINCE = re.compile(
    r'SELECT\s+COUNT\(\*\)\s+FROM\s+"([^"]+)"\.\./\.\*/(?:\s+WHERE\s+time\s+>\s+(\d+))?',
    re.IGNORECASE,
)
_COUNT_EACH = re.compile(
    r'SELECT\s+COUNT\(\*\)\s+FROM\s+"([^"]+)"\."[^"]+"\./\.\*/\s+GROUP\s+BY\s+\*', re.IGNORECASE
)
_SELECT = re.compile(
    r'SELECT\s+\*\s+FROM\s+((?:"[^"]+"(?:\.|,\s*)?)+)\s+GROUP\s+BY\s+\*\s+LIMIT\s+(\d+)',
    re.IGNORECASE,
)
_WANTED = re.compile(r'"([^"]+)"\."[^"]+"\."([^"]+)"')
_EXPECTED = "SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL"


def run(context: Context) -> int:
    try:
        found, _ = options(context.arguments, valued=_VALUED, flags=())
        store = InfluxStore(context.path("/var/lib/influxdb"))
    except ToolError as error:
        context.err(f"flag provided but not defined: -{error}\n")
        return 2
    except FileNotFoundError:
        return _no_server(context, "8086")
    port = found.get("-port", "8086")
    if port != "8086":
        return _no_server(context, port)
    form, database = found.get("-format", "column"), found.get("-database", "")
    measured: list[list[str]] = []
    since: list[list[_Series] | None] = []
    for statement in filter(None, (part.strip() for part in found.get("-execute", "").split(";"))):
        if match := _MEASUREMENTS.fullmatch(statement):
            measured.append(store.measurements(match[1]))
        elif match := _SINCE.fullmatch(statement):
            after = int(match[2]) if match[2] else None
            since.append(_counts(store.measured_since(match[1], after)))
        elif match := _COUNT_EACH.fullmatch(statement):
            since.append(_counts(store.measured_since(match[1], None)))
        elif match := _SELECT.fullmatch(statement):
            since.append(_selected(store, match[1], int(match[2])))
        elif _POLICIES.fullmatch(statement):
            since.append(None)
        elif match := _DROP_MEASUREMENT.fullmatch(statement):
            store.drop_measurement(database, match[1])
        elif match := _COUNT.fullmatch(statement):
            many = store.measured(database, match[1])
            context.out(f"name: {match[1]}\ntime count_value\n---- -----------\n0    {many}\n")
        elif re.fullmatch(r"SHOW\s+DATABASES", statement, re.IGNORECASE):
            _show(context, store.databases(), form)
        elif re.fullmatch(r"SHOW\s+SHARDS", statement, re.IGNORECASE):
            _show_shards(context, store.meta())
        elif match := _DROP.fullmatch(statement):
            store.drop(match[1] or match[2])
        else:
            word = statement.split()[0]
            text = f"error parsing query: found {word}, expected {_EXPECTED} at line 1, char 1"
            context.out(f"ERR: {text}\n")
            context.err(f"{text}\n")
            return 1
    if measured:
        _show_measurements(context, measured, form)
    if since:
        _show_since(context, since)
    return 0


def _show(context: Context, databases: list[str], form: str) -> None:
    if form == "csv":
        context.out("name,name\n" + "".join(f"databases,{name}\n" for name in databases))
    elif form == "json":
        series: dict[str, object] = {"name": "databases", "columns": ["name"]}
        if databases:
            series["values"] = [[name] for name in databases]
        context.out(json.dumps({"results": [{"series": [series]}]}, separators=(",", ":")) + "\n")
    else:
        context.out("name: databases\nname\n----\n" + "".join(f"{n}\n" for n in databases))


def _show_measurements(context: Context, measured: list[list[str]], form: str) -> None:
    if form == "json":
        results: list[object] = [
            {
                "series": [
                    {
                        "name": "measurements",
                        "columns": ["name"],
                        "values": [[name] for name in names],
                    }
                ]
            }
            if names
            else {}
            for names in measured
        ]
        context.out(json.dumps({"results": results}, separators=(",", ":")) + "\n")
        return
    names = [name for found in measured for name in found]
    if names and form == "csv":
        context.out("name,name\n" + "".join(f"measurements,{name}\n" for name in names))
    elif names:
        context.out("name: measurements\nname\n----\n" + "".join(f"{n}\n" for n in names))


def _counts(found: dict[str, int]) -> list[_Series]:
    return [
        {"name": name, "columns": ["time", "count_value"], "values": [[0, many]]}
        for name, many in found.items()
    ]


def _selected(store: InfluxStore, wanted: str, most: int) -> list[_Series]:
    found: list[_Series] = []
    for database, measurement in _WANTED.findall(wanted):
        rows = [[time, value] for time, value in store.values(database, measurement)[:most]]
        if rows:
            found.append({"name": measurement, "columns": ["time", "value"], "values": rows})
    return found


def _show_since(context: Context, since: list[list[_Series] | None]) -> None:
    """Print counts as JSON: one item for each measurement that has points, or one empty item for a
    statement without any. The real client does not group the items of a statement. None in the
    list means: the statement asked for a database's retention policies."""
    results: list[dict[str, object]] = []
    for found in since:
        series = found or []
        if found is None:
            series = [{"columns": ["name", "duration"], "values": [[POLICY, "0s"]]}]
        results += [{"series": [one]} for one in series] or [{}]
    context.out(json.dumps({"results": results}, separators=(",", ":")) + "\n")


def _show_shards(context: Context, meta: Meta) -> None:
    """Print the shards of each database under its own heading, always as CSV."""
    for database in meta.databases:
        lines = [_SHARD_COLUMNS]
        for group in database.groups:
            start, end = (
                datetime.fromtimestamp(time // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                for time in (group.start, group.end)
            )
            name = database.name
            lines.append(f"{name},{group.shard},{name},{POLICY},{group.id},{start},{end},{end},")
        context.out("".join(f"{line}\n" for line in lines))


def _no_server(context: Context, port: str) -> int:
    url = f"http://localhost:{port}"
    context.err(
        f'Failed to connect to {url}: Get "{url}/ping": dial tcp 127.0.0.1:{port}: connect:'
        " connection refused\n"
        "Please check your connection settings and ensure 'influxd' is running.\n"
    )
    return 1
