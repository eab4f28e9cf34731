"""Where other modules still look for `pryv_tui.sanitize`."""

from pryv_tui.sanitize import harmless, harmless_json, one_line

__all__ = ["harmless", "harmless_json", "one_line"]
