"""Restore a store by putting its files in place while its server is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pryv_tui.formats.errors import FormatError
from pryv_tui.formats.influx_offline import PARTIAL, by_hand, large, place
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.plan import Step, quote
from pryv_tui.phrases import counted
from pryv_tui.platform.layout import Layout


class RestoreOffline(Step, frozen=True, kw_only=True, tag="restore-offline"):
    """Unpack InfluxDB's backup into its empty data folder while the server is stopped.

    Every backup of a known form is restored like this, not only a large one with which `influxd
    restore` fails. It has other advantages: no application can create a database too early, deleted
    points stay deleted, the server's users and continuous queries are restored too, and every drill
    tests it. If anything is not as expected, the folder is left empty, and the next step of the
    store runs the documented command.
    """

    store: str
    root: str
    layout: Layout
    holds: dict[str, Any]

    destructive = True

    @property
    def title(self) -> str:
        return f"Put InfluxDB's files in place on {self.host}, while its server is stopped"

    @property
    def command(self) -> tuple[str, ...]:
        layout = self.layout.stores[self.store]
        return tuple(
            by_hand(
                quote(f"{self.root}/{layout.dump}"),
                quote(f"{self.root}/{layout.data}"),
                self.holds.get("metadata"),
                self.holds.get("shards", 0),
            )
        )

    @property
    def leaves(self) -> str:
        return f"files that were already unpacked, in {PARTIAL} of the new data folder"

    @property
    def undone(self) -> str:
        return "undo of this run puts the former data folder back"

    def perform(self, ctx: RunContext) -> None:
        layout = self.layout.stores[self.store]
        containers = {c.name: c for c in ctx.site.host(self.host).engine.glance()}
        container = containers.get(layout.container)
        environment = container.environment if container else {}
        reason = unusual(environment, layout.data_inside)
        if container is not None and container.running:
            reason = f"{layout.container} runs"
        if not reason:
            try:
                placed = place(
                    Path(self.root),
                    layout.dump,
                    layout.data,
                    progress=lambda done, total: ctx.report.progress(done, total, "shards"),
                    cancelled=ctx.cancel.is_set,
                )
            except FormatError as error:
                reason = str(error)
        if reason:
            ctx.report.note(
                f"InfluxDB: its files were not put in place directly, since {reason}. The"
                " documented influxd restore is used instead."
            )
            if large(self.holds.get("metadata")):
                ctx.report.note("a server before 1.8.10 refuses so much metadata", "warning")
            return
        ctx.facts.of(self.host).offline.append(self.store)
        ctx.checked(
            f"InfluxDB: {counted(placed.files, 'file')} of {counted(placed.shards, 'shard')} and"
            f" the metadata in place, {counted(placed.bytes, 'byte')}, each the same as in its"
            " archive"
        )
        if indexed(environment):
            ctx.report.note(
                "this server is set to the index tsi1: restored shards are read with the index in"
                " memory until they are indexed: influx_inspect buildtsi"
            )


def unusual(environment: Mapping[str, str], data_inside: str) -> str:
    """Describe the server's setting that puts its files in another folder; empty if none does."""
    for variable, name in (("INFLUXDB_META_DIR", "meta"), ("INFLUXDB_DATA_DIR", "data")):
        usual = PurePosixPath(data_inside) / name
        if PurePosixPath(environment.get(variable) or usual) != usual:
            return f"{variable} is {environment[variable]}"
    return ""


def indexed(environment: Mapping[str, str]) -> bool:
    """Whether a server is set to keep its index on disk.

    Such a server also opens a shard that has no index on disk, and builds its index in memory
    (tsdb/store.go, `loadShards`). `influxd restore` would make the index on disk.
    """
    return environment.get("INFLUXDB_DATA_INDEX_VERSION", "").lower() == "tsi1"


def goes_offline(holds: Mapping[str, Any] | None, environment: Mapping[str, str]) -> bool:
    """Whether InfluxDB's files are put in place while its server is stopped.

    If the server keeps its index on disk, the documented command is used, because it makes that
    index; except if the metadata is too large for the command.

    Args:
        holds: the set's summary of InfluxDB's content; None if it has none.
        environment: the environment variables of its container here.
    """
    if not holds or not holds["databases"]:
        return False
    return not indexed(environment) or large(holds.get("metadata"))
