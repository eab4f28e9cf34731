"""Makes `docs/fault-matrix.md` by trying every fault.

`python -m tests.docs.make_fault_matrix`, as root; with names of faults it tries these alone
and prints their rows.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.make_docs import DOCS
from tests.faults.matrix import HEAD, Benches, observe, row_text
from tests.faults.rows.catalog import CATALOG
from tests.faults.rows.elsewhere import section


@contextmanager
def closing_benches(place: Path) -> Iterator[Benches]:
    benches = Benches(lambda: Path(tempfile.mkdtemp(dir=place)), CATALOG)
    try:
        yield benches
    finally:
        benches.forget()  # disks are mounted there


def main() -> None:
    wanted = set(sys.argv[1:])
    rows = []
    with tempfile.TemporaryDirectory() as place, closing_benches(Path(place)) as benches:
        for fault in CATALOG:
            if wanted and fault.name not in wanted:
                continue
            folder = Path(place) / fault.name
            folder.mkdir()
            rows.append(row_text(fault, observe(fault, folder, benches)))
            print(rows[-1], flush=True)
    if not wanted:
        page = HEAD + "\n".join(rows) + "\n" + section()
        (DOCS / "fault-matrix.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
