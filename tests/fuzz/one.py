"""One parser under the fuzzer: `python -m tests.fuzz.one TARGET SCRATCH [option of libFuzzer…]`.

With the path of an input in place of the options that input alone is tried.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

Try = Callable[[str, bytes, Path], None]


def instrumented() -> Try:
    """What tries an input, with all that it runs under the fuzzer's eyes: before anything else
    imported the program."""
    import atheris

    # Each module is announced there.
    quiet = contextlib.redirect_stderr(io.StringIO())
    with quiet, atheris.instrument_imports(include=["pryv_tui"], enable_loader_override=False):
        from tests.fuzz.targets import try_one
    return try_one


def fuzz_here(name: str, folder: Path, options: list[str], try_one: Try) -> NoReturn:
    """Fuzz one parser until the end of this process, which the fuzzer brings about."""
    import atheris

    folder.mkdir(parents=True, exist_ok=True)
    atheris.Setup([__file__, *options], lambda content: try_one(name, content, folder))
    atheris.Fuzz()
    raise SystemExit(0)


if __name__ == "__main__":
    fuzz_here(sys.argv[1], Path(sys.argv[2]), sys.argv[3:], instrumented())
