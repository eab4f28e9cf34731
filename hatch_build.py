"""Builds `pryv_tui/vault/native/subtrees.so` into the wheel, where there is a C compiler.

Without one the wheel is pure Python, and does the same, slower.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "pryv_tui/vault/native/subtrees.c"
HEADERS = ("sha256", "ahead", "hash", "former", "database", "file", "lines", "subtree")
SOURCES = (SOURCE, *(f"pryv_tui/vault/native/{name}.h" for name in HEADERS))
LIBRARY = "pryv_tui/vault/native/subtrees.so"
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Wshadow", "-shared", "-fPIC", "-pthread")


def build(root: Path, *more: str) -> Path | None:
    """Compile the library beside its source; None, and no library, where that can't be done.

    Args:
        root: the project's folder.
        more: flags besides the usual ones.
    """
    library = root / LIBRARY
    made = library.with_suffix(".so.new")
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    digest = hashlib.sha256(b"".join((root / path).read_bytes() for path in SOURCES)).hexdigest()
    why = "there is no C compiler"
    if sys.platform == "linux" and compiler:
        command = [*compiler.split(), *FLAGS, *more, f'-DSOURCE="{digest}"']
        try:
            subprocess.run([*command, "-o", str(made), str(root / SOURCE), "-ldl"], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            why = str(error)
        else:
            made.replace(library)
            return library
    made.unlink(missing_ok=True)
    library.unlink(missing_ok=True)
    print(f"{LIBRARY} was not built, copies will take longer: {why}", file=sys.stderr)
    return None


class NativeBuildHook(BuildHookInterface[BuilderConfig]):
    """What hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the library to what is built."""
        if self.target_name != "wheel" or build(Path(self.root)) is None:
            return
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(LIBRARY)
