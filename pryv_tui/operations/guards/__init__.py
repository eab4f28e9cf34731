"""Guards: named checks with the result OK, UNKNOWN, WARNING or FAILED, and a remedy.

`doctor` shows them. A run makes them before it changes anything, and refuses if one failed.
"""

from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.doctor import doctor
from pryv_tui.operations.guards.line import GuardLine, enforce, line_json
from pryv_tui.operations.guards.restore import restore_guards

__all__ = ["GuardLine", "backup_guards", "doctor", "enforce", "line_json", "restore_guards"]
