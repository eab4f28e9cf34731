"""InfluxDB: `influxd backup` and `influxd restore`, and where their output misleads.

Facts from real runs (1.6.7) and the 1.7 sources: the `.manifest` is written last, so its presence
means a complete backup; older backups in the same folder are merged on restore; restore exits 1
with `database may already exist` also if the backup has no user database at all.

After a restore, the databases are compared, the number of shards of each, and whether each shard
has files. Points are not counted: the server would have to read every block, and stores are too
large for that. The points can be trusted because each file of points is the one from the set (same
hash, same checksum in its archive), and the server did not set it aside as damaged.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from pryv_tui.decoding import decode_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_backup import (
    INTERNAL,
    InfluxBackup,
    meta_db_offset,
    read_backup,
)
from pryv_tui.formats.influx_offline import large
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.containers.waiting import QUESTION_SECONDS, patience
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds, Tail, exec_dump, failure_line, wait_until
from pryv_tui.operations.stores.near import NotNear, influx
from pryv_tui.phrases import counted, cut
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.set_files import GUIDE

SHOW_DATABASES = ["/usr/bin/influx", "-execute", "SHOW DATABASES", "-format", "csv"]
SHOW_SHARDS = ["/usr/bin/influx", "-execute", "SHOW SHARDS", "-format", "csv"]
START_SECONDS = 900.0
"""How long to wait for influxd, in seconds. It answers only after it has opened every shard, which
takes minutes on a large platform."""


class InfluxDB:
    name = "influxdb"
    title = "InfluxDB"
    dump_programs = ("influxd backup", "influxd restore")
    handed: tuple[str, ...] = ()

    def dump_command(self, layout: Layout) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [["/usr/bin/influxd", "backup", "-portable", f"{inside}/"]]

    def restore_command(self, layout: Layout, workers: int = 0) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [["/usr/bin/influxd", "restore", "-portable", f"{inside}/"]]

    def compare_command(self) -> list[list[str]]:
        return [SHOW_DATABASES, SHOW_SHARDS]

    def dump(self, ctx: RunContext, host: str) -> Holds:
        state = ctx.state_of(host)
        store = state.layout.stores[self.name]
        tail = Tail()
        retried = False

        def listen(stream: Stream, line: str) -> None:
            nonlocal retried
            tail.add(line)
            if "and retrying" in line and not retried:
                retried = True
                ctx.report.note(
                    "influxd backup does not get requested data, and tries again for over three"
                    f" minutes. You can cancel the run. influxd says: {cut(line.strip(), 200)}",
                    "warning",
                )

        folder = state.root_path / store.dump
        command = self.dump_command(state.layout)[0]
        code = exec_dump(ctx, host, store.container, command, folder, listen)
        if code != 0:
            raise PryvTuiError(
                "step-failed",
                f"influxd backup failed (exit {code}): "
                + failure_line(tail.lines, "it printed nothing"),
            )
        backup = _read(state.root_path / store.dump)
        ctx.checked(
            "InfluxDB: a complete backup of"
            f" {counted(len(backup.user_databases), 'user database')},"
            f" {counted(backup.shards, 'shard file')}, all there"
        )
        holds = _holds(backup, state.root_path / store.dump)
        if large(holds["metadata"]):
            ctx.report.note(
                f"InfluxDB: {counted(len(backup.user_databases), 'database')} with"
                f" {counted(backup.meta_bytes, 'byte')} of metadata: `influxd restore` of a"
                " server before 1.8.10 fails on so much. A restore by this program stops the"
                f" server and puts the files in place instead; the set's {GUIDE} says how to do"
                " it by hand."
            )
        return holds

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        backup = _read(files / layout.stores[self.name].dump)
        if sorted(backup.user_databases) != sorted(holds["databases"]):
            raise PryvTuiError(
                "check-failed",
                f"the InfluxDB backup held {counted(len(holds['databases']), 'database')}, its"
                " copy in the"
                f" set holds {len(backup.user_databases)}",
            )
        return _holds(backup, files / layout.stores[self.name].dump)

    def count(self, files: Path, layout: Layout) -> Holds:
        """Return a summary of the content of a backup that was made by hand."""
        folder = files / layout.stores[self.name].dump
        return _holds(_read(folder), folder)

    def restore(
        self, ctx: RunContext, host: str, layout: Layout, holds: Holds, workers: int = 0
    ) -> None:
        store = layout.stores[self.name]
        if not holds["databases"]:
            # influxd would exit 1 with "database may already exist".
            ctx.checked("InfluxDB: the set holds no user database; nothing to restore")
            return
        tail = Tail()
        skipped: list[str] = []

        def listen(_stream: Stream, line: str) -> None:
            tail.add(line)
            # influxd prints this and exits 0. Only its own statistics may be skipped.
            if "Skipping shard" in line and "_internal" not in line:
                skipped.append(line.strip())

        code = ctx.exec(host, store.container, self.restore_command(layout)[0], on_line=listen)
        if code == 0 and skipped:
            raise PryvTuiError(
                "check-failed",
                f"influxd restore exited 0, but left out {counted(len(skipped), 'shard')}:"
                f" {skipped[0]}",
            )
        if code == 0:
            return
        reason = failure_line(tail.lines, "it printed nothing")
        if "may already exist" in reason and holds.get("with_points") == 0:
            # influxd prints this also if it created databases that have no shard. The next step
            # asks the server whether they exist.
            ctx.report.note(
                "the set's databases hold no points; the databases on the server are compared next"
            )
            return
        remedy = None
        if "may already exist" in reason:
            reason += (
                "; a database of the set exists already: the applications ran before the restore,"
                " or the data folder was not empty"
            )
        elif "connection reset by peer" in reason:
            remedy = (
                "InfluxDB before 1.8.10 can't read the metadata of so many databases at once;"
                " the backup itself is good. Restore its files with the container stopped: the"
                f" {GUIDE} of a newly made set says how."
            )
        raise PryvTuiError("step-failed", f"influxd restore failed (exit {code}): {reason}", remedy)

    def live_databases(self, ctx: RunContext, host: str) -> list[str]:
        """The names of the live server's user databases, sorted. The answer is not shown to the
        operator: a large platform has thousands.

        Raises:
            PryvTuiError: `step-failed`, the server does not answer; `program-missing`, its
                container has no `influx`.
        """
        rows = self._rows(ctx, host, SHOW_DATABASES)
        names = (row[1] for row in rows if len(row) == 2 and row[0] == "databases")
        return sorted(name for name in names if name != INTERNAL)

    def _rows(self, ctx: RunContext, host: str, argv: list[str]) -> Iterator[list[str]]:
        """Ask the server `argv`; return rows as `influx` prints them in CSV: first the series'
        name, then its values."""
        container = ctx.state_of(host).name_of("influxdb")
        watch = ctx.silence(f"InfluxDB on {host}", patience(QUESTION_SECONDS))
        try:
            told = influx(ctx.site.host(host).engine, container, argv[2], watch)
            return iter(rows_of(told))
        except NotNear:
            return self._by_program(ctx, host, argv)

    def _by_program(self, ctx: RunContext, host: str, argv: list[str]) -> Iterator[list[str]]:
        lines: list[str] = []
        tail = Tail()

        def listen(stream: Stream, line: str) -> None:
            tail.add(line)
            if stream == "stdout":
                lines.append(line)

        code = ctx.exec(
            host, ctx.state_of(host).name_of("influxdb"), argv, on_line=listen, quiet=True
        )
        if code != 0:
            raise PryvTuiError("step-failed", failure_line(tail.lines, f"exit {code}"))
        return iter(csv_rows("\n".join(lines)))

    def compare(self, ctx: RunContext, host: str, holds: Holds, data: Path | None = None) -> None:
        try:
            found = set(self.live_databases(ctx, host))
            shards = list(_live_shards(self._rows(ctx, host, SHOW_SHARDS)))
        except PryvTuiError as error:
            if error.name != "program-missing":
                raise
            ctx.unchecked(self.title, f"it can't be asked: {error.what}")
            return
        missing = sorted(set(holds["databases"]) - found)
        if missing:
            raise PryvTuiError(
                "check-failed",
                f"{len(missing)} of {len(holds['databases'])} InfluxDB databases are missing after"
                f" the restore: {_some(missing)}",
            )
        ctx.checked(
            f"InfluxDB: the server holds {len(found)} user databases; expected"
            f" {len(holds['databases'])}"
        )
        if "lasting" in holds:
            self._compare_shards(ctx, holds["lasting"], shards, data)
        elif holds["databases"]:
            told = "the set is from a version that did not record them"
            ctx.facts.unchecked.append(f"whether InfluxDB has every shard ({told})")
            ctx.report.note(f"InfluxDB: its shards were not compared: {told}")

    def _compare_shards(
        self,
        ctx: RunContext,
        lasting: dict[str, int],
        shards: list[tuple[str, str, str]],
        data: Path | None,
    ) -> None:
        """Refuse a database that has fewer shards with files than in the set, or a damaged file.

        A shard's own number may differ from the set's: `influxd restore` gives new numbers.

        Args:
            lasting: by database, the number of shards in the set whose points do not expire.
            shards: database, policy and number of each shard on the server.
            data: the server's data folder; None if it can't be read.
        """
        folder = data / "data" if data else Path()
        seen = data is not None and folder.is_dir()
        filled: Counter[str] = Counter()
        spoilt: list[str] = []
        for shard in shards:
            names = _names(folder.joinpath(*shard)) if seen else [".tsm"]
            filled[shard[0]] += any(name.endswith(".tsm") for name in names)
            spoilt += ["/".join((*shard, name)) for name in names if name.endswith(".bad")]
        if spoilt:
            raise PryvTuiError(
                "check-failed",
                f"InfluxDB found {len(spoilt)} of its data files damaged and put them aside:"
                f" {_some(spoilt)}",
            )
        short = [
            f"{name} ({filled[name]} of {wanted})"
            for name, wanted in sorted(lasting.items())
            if filled[name] < wanted
        ]
        if short:
            raise PryvTuiError(
                "check-failed",
                f"{len(short)} of {len(lasting)} InfluxDB databases lack shards after the restore:"
                f" {_some(short)}",
            )
        if data is not None and not seen:
            ctx.unchecked(
                "whether InfluxDB's shards hold their files",
                f"its data folder {folder} can't be read",
            )
        where = "the server and its data folder hold" if seen else "the server knows"
        ctx.checked(
            f"InfluxDB: of {counted(len(lasting), 'database')} with points, {where} every shard:"
            f" {sum(filled[name] for name in lasting)}; expected {sum(lasting.values())}"
        )

    def wait(self, ctx: RunContext, host: str) -> None:
        def answers() -> str | None:
            try:
                self.live_databases(ctx, host)
            except PryvTuiError as error:
                if error.name == "program-missing":
                    return None
                if error.name not in ("container-stopped", "step-failed"):
                    raise
                return error.what
            return None

        name = ctx.state_of(host).name_of("influxdb")
        watch = ctx.silence(f"InfluxDB on {host}", patience(QUESTION_SECONDS))

        def near() -> bool:
            rows_of(influx(ctx.site.host(host).engine, name, SHOW_DATABASES[2], watch))
            return True

        wait_until(ctx, answers, "InfluxDB", name, host, seconds=START_SECONDS, near=near)


class _Series(msgspec.Struct):
    name: str = ""
    values: list[list[str | int | float | bool | None]] = []


class _Result(msgspec.Struct):
    series: list[_Series] = []
    error: str = ""


class _Answer(msgspec.Struct):
    results: list[_Result]


def csv_rows(told: str) -> list[list[str]]:
    """Parse a CSV answer of `influx` into rows; a name in it may contain a line break.

    Raises:
        PryvTuiError: `step-failed`, the answer is not CSV.
    """
    try:
        return list(csv.reader(io.StringIO(told, newline="")))
    except csv.Error as error:
        raise PryvTuiError("step-failed", f"influx does not answer in CSV: {error}") from error


def rows_of(told: bytes) -> list[list[str]]:
    """Turn InfluxDB's JSON answer into the rows that its CSV answer would have.

    Raises:
        NotNear: the answer is an error, or is not understood.
    """
    try:
        results = decode_json(told, _Answer).results
    except msgspec.MsgspecError as error:
        raise NotNear(str(error)) from error
    if wrong := next((result.error for result in results if result.error), ""):
        raise NotNear(wrong)
    return [
        [series.name, *("" if cell is None else str(cell) for cell in row)]
        for result in results
        for series in result.series
        for row in series.values
    ]


def _live_shards(rows: Iterable[list[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield database, policy and number of each shard; skip the header row of each database."""
    for row in rows:
        # name,id,database,retention_policy,shard_group,start_time,end_time,expiry_time,owners
        if len(row) >= 4 and row[1].isdecimal() and row[2] != INTERNAL:
            yield row[2], row[3], row[1]


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def _holds(backup: InfluxBackup, folder: Path) -> Holds:
    with_points = [name for name in backup.shard_databases if name in backup.user_databases]
    holds: Holds = {
        "databases": sorted(backup.user_databases),
        "shards": backup.shards,
        "with_points": len(with_points),
        "lasting": backup.lasting,
        "metadata": None,
    }
    try:
        offset = meta_db_offset(folder / backup.meta)
    except FormatError:
        return holds  # unknown layout of the metadata: the documented command restores it
    holds["metadata"] = {"file": backup.meta, "offset": offset, "bytes": backup.meta_bytes}
    return holds


def _read(folder: Path) -> InfluxBackup:
    try:
        return read_backup(folder)
    except FormatError as error:
        raise PryvTuiError("check-failed", f"the InfluxDB backup is not whole: {error}") from error
