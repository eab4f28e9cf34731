"""What lies where below `.pryv-tui` in a root."""

from __future__ import annotations

FOLDER = ".pryv-tui/files"
"""Under a root, where files are brought to; our own folder never travels."""
