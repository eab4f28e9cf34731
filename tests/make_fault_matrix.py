"""Makes `docs/fault-matrix.md` by trying every fault: `python -m tests.make_fault_matrix`, as root.

With names of faults it tries these alone and prints their rows.
"""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.faults.bench import Bench
from tests.faults.catalog import CATALOG
from tests.faults.matrix import HEAD, observe, row_text
from tests.make_docs import DOCS


def main() -> None:
    wanted = set(sys.argv[1:])
    rows = []
    with tempfile.TemporaryDirectory() as place:

        @cache
        def shared() -> Bench:
            return Bench(Path(place) / "shared")

        for fault in CATALOG:
            if wanted and fault.name not in wanted:
                continue
            folder = Path(place) / fault.name
            folder.mkdir()
            rows.append(row_text(fault, observe(fault, folder, shared)))
            print(rows[-1], flush=True)
    if not wanted:
        page = HEAD + "\n".join(rows) + "\n"
        (DOCS / "fault-matrix.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
