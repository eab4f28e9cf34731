"""One parser under the fuzzer: `python -m tests.fuzz.one TARGET SCRATCH [option of libFuzzer…]`.

A process of its own for each: what it finds ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    import atheris

    name, scratch, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["pryv_tui"], enable_loader_override=False):
        from tests.fuzz.targets import try_one

    folder = Path(scratch)
    folder.mkdir(parents=True, exist_ok=True)

    def look(content: bytes) -> None:
        try_one(name, content, folder)

    atheris.Setup([sys.argv[0], *options], look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
