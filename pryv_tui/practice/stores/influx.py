"""A miniature InfluxDB with the layout of a real data folder: `meta/meta.db`, `data/…/*.tsm`,
`wal/`.

Because the layout is the real one, an offline restore (copying metadata and shards into place while
the server is stopped) works here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pryv_tui.practice.locking import locked_folder, write_atomically
from pryv_tui.practice.stores import influx_meta, tsm
from pryv_tui.practice.stores.influx_meta import Database, Meta


class DatabaseExists(Exception):
    """The server's error when imported metadata names a database that it already has."""


class InfluxStore:
    """The databases in one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._read = (b"", Meta())

    @property
    def _meta_path(self) -> Path:
        return self.data / "meta" / "meta.db"

    def ensure(self) -> None:
        """Set up an empty store in an empty folder, as influxd does."""
        for name in ("meta", "data", "wal"):
            (self.data / name).mkdir(mode=0o755, exist_ok=True)
        if not self._meta_path.exists():
            self._save(Meta())

    def exists(self) -> bool:
        return self._meta_path.exists()

    def meta(self) -> Meta:
        return influx_meta.decode(self.meta_bytes())

    def _as_it_is(self) -> Meta:
        """Return the cached metadata; do not change it. It is read for each of a thousand
        databases, and hardly ever changes."""
        content = self.meta_bytes()
        if content != self._read[0]:
            self._read = (content, influx_meta.decode(content))
        return self._read[1]

    def meta_bytes(self) -> bytes:
        return self._meta_path.read_bytes()

    def _save(self, meta: Meta) -> None:
        meta.index += 1
        write_atomically(self._meta_path, influx_meta.encode(meta), mode=0o644)

    def databases(self) -> list[str]:
        return [database.name for database in self._as_it_is().databases]

    def shard_folder(self, database: str, shard: int) -> Path:
        return self.data / "data" / database / influx_meta.POLICY / str(shard)

    def write(self, database: str, series: Mapping[str, Sequence[tsm.Point]]) -> None:
        """Write points. Create the database if it is missing, as the hfs server does."""
        self.write_all({database: series})

    def write_all(self, written: Mapping[str, Mapping[str, Sequence[tsm.Point]]]) -> None:
        """Write points of several databases under one lock. Create missing databases."""
        with locked_folder(self.data):
            meta = self.meta()
            known = {database.name: database for database in meta.databases}
            for name, series in written.items():
                if name not in known:
                    known[name] = Database(name)
                    meta.databases.append(known[name])
                for shard, content in _by_shard(meta, known[name], series).items():
                    self._add_file(name, shard, content)
            self._save(meta)

    def _add_file(self, database: str, shard: int, content: Mapping[str, list[tsm.Point]]) -> None:
        folder = self.shard_folder(database, shard)
        folder.mkdir(parents=True, exist_ok=True)
        generation = len(list(folder.glob("*.tsm"))) + 1
        name = f"{generation:09d}-000000001.tsm"
        write_atomically(folder / name, tsm.encode(content), mode=0o644)

    def create(self, database: str) -> None:
        """Create an empty database, unless it exists."""
        self.write(database, {})

    def drop(self, database: str) -> None:
        with locked_folder(self.data):
            meta = self.meta()
            meta.databases = [d for d in meta.databases if d.name != database]
            self._save(meta)
        self._remove(self.data / "data" / database)

    def _remove(self, folder: Path) -> None:
        if not folder.resolve().is_relative_to((self.data / "data").resolve()):
            raise ValueError(f"{folder} is outside the data folder")
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        if folder.is_dir():
            folder.rmdir()

    def _files(self, database: str) -> list[Path]:
        known = [found for found in self._as_it_is().databases if found.name == database]
        return [file for _, _, files in self._shards_of(known) for file in files]

    def measurements(self, database: str) -> list[str]:
        """Return the measurements of a database; empty if the database does not exist."""
        keys = {key for file in self._files(database) for key in tsm.decode(file.read_bytes())}
        return sorted({tsm.measurement(key) for key in keys})

    def measured(self, database: str, measurement: str) -> int:
        """Return how many points a measurement has; a point that is stored twice counts once."""
        times = {
            time
            for file in self._files(database)
            for key, points in tsm.decode(file.read_bytes()).items()
            if tsm.measurement(key) == measurement
            for time, _ in points
        }
        return len(times)

    def measured_since(self, database: str, since: int | None) -> dict[str, int]:
        """Return how many points each measurement has, for measurements with any points.

        Args:
            since: count only points after this moment, in nanoseconds since the epoch; None: all
                points.
        """
        times: dict[str, set[int]] = {}
        for file in self._files(database):
            for key, points in tsm.decode(file.read_bytes()).items():
                found = {time for time, _ in points if since is None or time > since}
                times.setdefault(tsm.measurement(key), set()).update(found)
        return {name: len(found) for name, found in sorted(times.items()) if found}

    def values(self, database: str, measurement: str) -> list[tsm.Point]:
        """Return the points of a measurement, in the order of their times."""
        found: dict[int, int] = {}
        for file in self._files(database):
            for key, points in tsm.decode(file.read_bytes()).items():
                if tsm.measurement(key) == measurement:
                    found.update(points)
        return sorted(found.items())

    def drop_measurement(self, database: str, measurement: str) -> None:
        """Remove the points of a measurement; the other series in its files stay."""
        with locked_folder(self.data):
            for file in self._files(database):
                series = tsm.decode(file.read_bytes())
                left = {k: p for k, p in series.items() if tsm.measurement(k) != measurement}
                if not left:
                    file.unlink()
                elif left != series:
                    write_atomically(file, tsm.encode(left), mode=0o644)

    def shards(self) -> list[tuple[str, int, list[Path]]]:
        """Return every shard that has files: its database, its number, its files."""
        return self._shards_of(self._as_it_is().databases)

    def _shards_of(self, databases: Sequence[Database]) -> list[tuple[str, int, list[Path]]]:
        found = []
        for database in databases:
            for group in database.groups:
                files = sorted(self.shard_folder(database.name, group.shard).glob("*.tsm"))
                if files:
                    found.append((database.name, group.shard, files))
        return found

    def import_meta(self, incoming: Meta) -> dict[tuple[str, int], int]:
        """Import the databases of a backup. Return the new shard for each of the backup's shards.

        Raises:
            DatabaseExists: one of the databases already exists, or there is none to import; nothing
                was changed.
        """
        with locked_folder(self.data):
            meta = self.meta()
            wanted = [d for d in incoming.databases if d.name != "_internal"]
            if not wanted or any(meta.database(d.name) for d in wanted):
                raise DatabaseExists("DB metadata not changed. database may already exist")
            shards: dict[tuple[str, int], int] = {}
            for database in wanted:
                fresh = Database(database.name)
                for group in sorted(database.groups, key=lambda g: g.start):
                    new = meta.add_group(fresh, group.start)
                    shards[database.name, group.shard] = new.shard
                meta.databases.append(fresh)
            self._save(meta)
        return shards

    def points(self, database: str) -> int:
        """Return how many points a database has; a point that is stored twice counts once."""
        return self.all_points().get(database, 0)

    def all_points(self) -> dict[str, int]:
        """Return how many points each database has; a point that is stored twice counts once."""
        seen: dict[str, dict[str, set[int]]] = {name: {} for name in self.databases()}
        for name, _, files in self.shards():
            for file in files:
                for key, points in tsm.decode(file.read_bytes()).items():
                    seen[name].setdefault(key, set()).update(time for time, _ in points)
        return {name: sum(len(times) for times in keys.values()) for name, keys in seen.items()}


def _by_shard(
    meta: Meta, database: Database, series: Mapping[str, Sequence[tsm.Point]]
) -> dict[int, dict[str, list[tsm.Point]]]:
    """Return the points for each shard; missing shard groups are created."""
    out: dict[int, dict[str, list[tsm.Point]]] = {}
    for key, points in series.items():
        for point in sorted(points):
            group = database.group_of(point[0]) or meta.add_group(database, point[0])
            out.setdefault(group.shard, {}).setdefault(key, []).append(point)
    return out
