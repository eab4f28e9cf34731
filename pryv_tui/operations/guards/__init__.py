"""Guards: named checks that say OK, UNKNOWN, WARNING or FAILED, each with its remedy.

`doctor` shows them, a run enforces them before it changes anything.
"""

from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.doctor import doctor
from pryv_tui.operations.guards.line import GuardLine, enforce, line_json
from pryv_tui.operations.guards.restore import restore_guards

__all__ = ["GuardLine", "backup_guards", "doctor", "enforce", "line_json", "restore_guards"]
