"""What a file system does is tried on a disk."""

from __future__ import annotations

from tests.helpers.in_memory import tmp_path_factory

__all__ = ["tmp_path_factory"]
