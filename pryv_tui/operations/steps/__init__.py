"""The kinds of steps, one a file; and all of them as one type, so that a plan can be read back."""

from __future__ import annotations

from typing import TypeAlias

from pryv_tui.operations.steps.ask_services import AskServices
from pryv_tui.operations.steps.audit_gap import AuditGap
from pryv_tui.operations.steps.bring_files import BringFiles
from pryv_tui.operations.steps.check_gap import CheckGap
from pryv_tui.operations.steps.check_restore import CheckRestore
from pryv_tui.operations.steps.check_store import CheckStore
from pryv_tui.operations.steps.close_restore import CloseRestore
from pryv_tui.operations.steps.complete_set import CompleteSet
from pryv_tui.operations.steps.copy_ahead import CopyAhead
from pryv_tui.operations.steps.copy_back import CopyBack
from pryv_tui.operations.steps.copy_root import CopyRoot
from pryv_tui.operations.steps.drop_copy import DropCopy
from pryv_tui.operations.steps.dump_store import DumpStore
from pryv_tui.operations.steps.fetch_set import FetchSet
from pryv_tui.operations.steps.flag_sets import FlagSets
from pryv_tui.operations.steps.forget_set import ForgetSet
from pryv_tui.operations.steps.hold_follower import HoldFollower, ReleaseFollower
from pryv_tui.operations.steps.hold_platform import HoldPlatform, ReleaseHold, SettleHold
from pryv_tui.operations.steps.keep_copied import KeepCopied
from pryv_tui.operations.steps.keep_store import KeepStore
from pryv_tui.operations.steps.move_aside import MoveAside
from pryv_tui.operations.steps.open_set import OpenSet
from pryv_tui.operations.steps.place_redis import PlaceRedis
from pryv_tui.operations.steps.prepare_dump import PrepareDump, PutBackDump
from pryv_tui.operations.steps.prune_repository import PruneRepository
from pryv_tui.operations.steps.put_back_root import PutBackRoot
from pryv_tui.operations.steps.release_aside import ReleaseAside
from pryv_tui.operations.steps.remove_rest import RemoveRest
from pryv_tui.operations.steps.remove_set import RemoveSet
from pryv_tui.operations.steps.restart_policy import GiveRestarts, NoRestarts
from pryv_tui.operations.steps.restore_offline import RestoreOffline
from pryv_tui.operations.steps.restore_store import RestoreStore
from pryv_tui.operations.steps.send_set import SendSet
from pryv_tui.operations.steps.start_services import StartServices
from pryv_tui.operations.steps.stop_services import StopServices
from pryv_tui.operations.steps.switch_container import StartContainer, StopContainer
from pryv_tui.operations.steps.try_moves import TryMoves
from pryv_tui.operations.steps.verify_set import VerifySet

AnyStep: TypeAlias = (
    AskServices
    | AuditGap
    | BringFiles
    | CheckGap
    | CheckRestore
    | CheckStore
    | CloseRestore
    | CompleteSet
    | CopyAhead
    | CopyBack
    | CopyRoot
    | DropCopy
    | DumpStore
    | FetchSet
    | FlagSets
    | ForgetSet
    | GiveRestarts
    | HoldFollower
    | HoldPlatform
    | KeepCopied
    | KeepStore
    | MoveAside
    | NoRestarts
    | OpenSet
    | PlaceRedis
    | PrepareDump
    | PruneRepository
    | PutBackDump
    | PutBackRoot
    | ReleaseAside
    | ReleaseFollower
    | RemoveRest
    | RemoveSet
    | RestoreOffline
    | ReleaseHold
    | RestoreStore
    | SendSet
    | SettleHold
    | StartContainer
    | StartServices
    | StopContainer
    | StopServices
    | TryMoves
    | VerifySet
)
