"""Whether a path lies in a sandbox, wherever its links lead."""

from __future__ import annotations

import os
from pathlib import PurePosixPath


def lies_in(path: str, folder: str) -> bool:
    """Whether a path lies below a folder when all links are followed, also where it is not there
    yet. The folder itself does not."""
    real = PurePosixPath(os.path.realpath(path))
    return PurePosixPath(os.path.realpath(folder)) in real.parents
