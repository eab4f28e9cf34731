"""A worker that is killed while it puts InfluxDB's files in place: `… MOMENT FOLDER`.

It is the program's own worker; MOMENT is a number, of the file that is being written, or `between`:
after the first of the two renames into place.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from pryv_tui.formats import influx_offline
from pryv_tui.runs.worker import process as worker

_write_all, _rename = influx_offline._write_all, os.rename


def main() -> None:
    moment, folder = sys.argv[1], Path(sys.argv[2])
    count = 0

    def write_all(descriptor: int, piece: bytes) -> None:
        nonlocal count
        count += 1
        if str(count) == moment:
            _write_all(descriptor, piece[: len(piece) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        _write_all(descriptor, piece)

    def rename(source: Any, target: Any, **more: Any) -> None:
        _rename(source, target, **more)
        if source == "data" and moment == "between":
            os.kill(os.getpid(), signal.SIGKILL)

    influx_offline._write_all = write_all
    os.rename = rename  # type: ignore[assignment]
    sys.exit(worker.work(folder))


if __name__ == "__main__":
    main()
