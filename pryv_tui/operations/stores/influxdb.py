"""InfluxDB: influxd backup and restore, and how they mislead.

Facts from real runs (1.6.7) and the 1.7 sources: the `.manifest` is written last, so its presence
means complete; older sets in the folder are merged on restore; restore exits 1 with `database may
already exist` also when the set holds no user database at all.
"""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Stream
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.base import Holds, Tail, failure_line, wait_until
from pryv_tui.platform.layout import Layout
from pryv_tui.vault.formats.errors import FormatError
from pryv_tui.vault.formats.influx_backup import InfluxBackup, read_backup

SHOW_DATABASES = ["/usr/bin/influx", "-execute", "SHOW DATABASES", "-format", "csv"]


class InfluxDB:
    name = "influxdb"
    title = "InfluxDB"
    dump_programs = ("influxd backup", "influxd restore")

    def dump_command(self, layout: Layout) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [["/usr/bin/influxd", "backup", "-portable", f"{inside}/"]]

    def restore_command(self, layout: Layout) -> list[list[str]]:
        inside = layout.stores[self.name].dump_inside
        return [["/usr/bin/influxd", "restore", "-portable", f"{inside}/"]]

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
                    "InfluxDB does not answer; influxd backup retries for over three minutes"
                    " before it gives up. It can be cancelled.",
                    "warning",
                )

        code = ctx.exec(host, store.container, self.dump_command(state.layout)[0], on_line=listen)
        if code != 0:
            raise PryvTuiError(
                "step-failed",
                f"influxd backup failed (exit {code}): "
                + failure_line(tail.lines, "it printed nothing"),
            )
        backup = _read(state.root_path / store.dump)
        ctx.checked(
            f"InfluxDB: a complete backup of {len(backup.user_databases)} user databases,"
            f" {len(backup.shard_files)} shard files, all there"
        )
        return _holds(backup)

    def check(self, files: Path, layout: Layout, holds: Holds) -> Holds:
        backup = _read(files / layout.stores[self.name].dump)
        if sorted(backup.user_databases) != sorted(holds["databases"]):
            raise PryvTuiError(
                "check-failed",
                f"the InfluxDB backup held {len(holds['databases'])} databases, its copy in the"
                f" set holds {len(backup.user_databases)}",
            )
        return _holds(backup)

    def restore(self, ctx: RunContext, host: str, layout: Layout, holds: Holds) -> None:
        store = layout.stores[self.name]
        if not holds["databases"]:
            # influxd would exit 1 with "database may already exist": there is nothing in the set.
            ctx.checked("InfluxDB: the set holds no user database; nothing to restore")
            return
        tail = Tail()
        skipped: list[str] = []

        def listen(_stream: Stream, line: str) -> None:
            tail.add(line)
            # influxd says so and exits 0; its own statistics alone are no loss.
            if "Skipping shard" in line and "_internal" not in line:
                skipped.append(line.strip())

        code = ctx.exec(host, store.container, self.restore_command(layout)[0], on_line=listen)
        if code == 0 and skipped:
            raise PryvTuiError(
                "check-failed",
                f"influxd restore exited 0, but left {len(skipped)} shards out: {skipped[0]}",
            )
        if code == 0:
            return
        reason = failure_line(tail.lines, "it printed nothing")
        if "may already exist" in reason and holds.get("with_points") == 0:
            # Databases without a shard: influxd makes them and says this all the same. Whether
            # they are there is decided by asking the server.
            ctx.report.note("the set's databases hold no points; what is there is compared next")
            return
        remedy = None
        if "may already exist" in reason:
            remedy = (
                "A database of the set exists already: the applications ran before the restore,"
                " or the data folder was not empty."
            )
        elif "connection reset by peer" in reason:
            remedy = (
                "InfluxDB before 1.8.10 can't take the metadata of so many databases at once; the"
                " backup itself is good. Restore its files offline, the container stopped."
            )
        raise PryvTuiError("step-failed", f"influxd restore failed (exit {code}): {reason}", remedy)

    def live_databases(self, ctx: RunContext, host: str, *, quiet: bool = True) -> list[str]:
        """The user databases of the live server.

        Raises:
            PryvTuiError: `step-failed` when it does not answer, `program-missing` without `influx`.
        """
        found: list[str] = []
        tail = Tail()

        def listen(stream: Stream, line: str) -> None:
            tail.add(line)
            head, comma, name = line.partition(",")
            if stream == "stdout" and comma and head == "databases":
                found.append(name.strip().strip('"'))

        code = ctx.exec(host, "pryvio_influxdb", SHOW_DATABASES, on_line=listen, quiet=quiet)
        if code != 0:
            raise PryvTuiError("step-failed", failure_line(tail.lines, f"exit {code}"))
        return sorted(name for name in found if name != "_internal")

    def compare(self, ctx: RunContext, host: str, holds: Holds) -> None:
        try:
            found = set(self.live_databases(ctx, host, quiet=False))
        except PryvTuiError as error:
            if error.name != "program-missing":
                raise
            ctx.warn("InfluxDB: not compared, its container has no `influx` client")
            return
        missing = sorted(set(holds["databases"]) - found)
        if missing:
            raise PryvTuiError(
                "check-failed",
                f"{len(missing)} of {len(holds['databases'])} InfluxDB databases are missing after"
                f" the restore: {', '.join(missing[:8])}",
            )
        ctx.checked(
            f"InfluxDB: the server holds {len(found)} user databases; expected"
            f" {len(holds['databases'])}"
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

        wait_until(ctx, answers, "InfluxDB")


def _holds(backup: InfluxBackup) -> Holds:
    with_points = [name for name in backup.shard_databases if name in backup.user_databases]
    return {
        "databases": sorted(backup.user_databases),
        "shards": len(backup.shard_files),
        "with_points": len(with_points),
    }


def _read(folder: Path) -> InfluxBackup:
    try:
        return read_backup(folder)
    except FormatError as error:
        raise PryvTuiError("check-failed", f"the InfluxDB backup is not whole: {error}") from error
