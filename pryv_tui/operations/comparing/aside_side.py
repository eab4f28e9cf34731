"""Compare data that was moved aside with a set.

No server answers for such data. The points in InfluxDB's files can be counted. MongoDB's files
(WiredTiger) need a server of the same version, which must be started on a copy, never on data that
an undo may put back. For its events there are the commands to do that.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pryv_tui import phrases
from pryv_tui.formats.influx.raw import databases_in, points_in
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.comparing.amounts import Amount, unknown
from pryv_tui.operations.comparing.live_side import Limit
from pryv_tui.operations.stores.mongo_server import BIN
from pryv_tui.operations.stores.mongo_words import DATABASE

TWICE = "a point that was deleted, or lies in two files, is counted with them"
NAME = "pryv-look"
"""Name of the container that runs on the copy."""


def points_aside(data: Path, held: Mapping[str, int | None] | None, limit: Limit) -> Amount:
    """Count the points that an InfluxDB data folder has and a set has not, from its files.

    Args:
        data: the present path of the data folder.
        held: the set's number of points per database; see `live_side.count_points`.

    Raises:
        OSError: the folder can't be read.
    """
    if held is None:
        return unknown("the set does not say how many points it holds")
    names = databases_in(data)
    total = read = 0
    why = fewer = ""
    for one in points_in(data, names, limit.over):
        read += 1
        saved = held.get(one.database, 0)
        if one.number is None:
            why = why or one.why
        elif saved is None:
            why = why or f"the set does not say how many points {one.database} had"
        elif one.number > saved:
            total += one.number - saved
            fewer = fewer or (TWICE if one.fewer else "")
    if read < len(names):
        every = phrases.counted(len(names), "database")
        why = f"{read} of {every} could be read within {limit.seconds:.0f} s"
    return Amount(number=total, why=why, fewer=fewer)


def look_at_events(aside: Path, container: Container, inside: str) -> list[str]:
    """Return the shell commands that dump the events of a MongoDB that was moved aside.

    They start a server on a copy of its data; mongodump then prints the number of events.

    Args:
        aside: the present path of MongoDB's data folder.
        container: the server's own container; its image and configuration fit that data.
        inside: the data folder's path in the container.
    """
    room = '"$ROOM"'
    mounts = []
    for mount in container.mounts:
        if mount.read_only:
            mounts += ["-v", shlex.quote(f"{mount.source}:{mount.destination}:ro")]
        elif mount.destination == inside:
            mounts += ["-v", f"{room}/data:{shlex.quote(mount.destination)}"]
        elif mount.destination.startswith("/") and PurePosixPath(mount.destination).name:
            own = shlex.quote(PurePosixPath(mount.destination).name + ".new")
            mounts += ["-v", f"{room}/{own}:{shlex.quote(mount.destination)}"]
    dump = shlex.join([f"{BIN}/mongodump", "-d", DATABASE, "-o", f"{inside}/newer"])
    return [
        f"cp -a {shlex.quote(str(aside))} {room}/data",
        f"docker run -d --name {NAME} --network none {' '.join(mounts)}"
        f" {shlex.quote(str(container.image))}",
        f"docker exec {NAME} {dump}",
        f"docker rm -f {NAME}",
    ]
