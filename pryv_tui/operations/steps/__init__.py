"""All kinds of steps, one or a few related ones in each file.

`AnyStep` is their union, which is used to decode a stored plan.
"""

from __future__ import annotations

from typing import TypeAlias

from pryv_tui.operations.steps.bringing_back.ask_newer import AskNewer, TellSetAside
from pryv_tui.operations.steps.bringing_back.audit_live import AuditLive
from pryv_tui.operations.steps.bringing_back.bring_files import BringFiles
from pryv_tui.operations.steps.bringing_back.check_restore import CheckRestore
from pryv_tui.operations.steps.bringing_back.close_restore import CloseRestore
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.operations.steps.bringing_back.keep_copied import KeepCopied
from pryv_tui.operations.steps.bringing_back.keep_store import KeepStore
from pryv_tui.operations.steps.bringing_back.move_aside import MoveAside
from pryv_tui.operations.steps.bringing_back.place_redis import PlaceRedis
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.operations.steps.bringing_back.release_aside import ReleaseAside
from pryv_tui.operations.steps.bringing_back.restore_offline import RestoreOffline
from pryv_tui.operations.steps.bringing_back.restore_store import RestoreStore
from pryv_tui.operations.steps.bringing_back.try_moves import TryMoves
from pryv_tui.operations.steps.drilling.bring_up import BringUp
from pryv_tui.operations.steps.drilling.build_sandbox import BuildSandbox
from pryv_tui.operations.steps.drilling.check_drill import CheckDrill
from pryv_tui.operations.steps.drilling.check_sandbox import CheckSandbox
from pryv_tui.operations.steps.drilling.fingerprint import TakeFingerprint
from pryv_tui.operations.steps.drilling.in_sandbox import InSandbox
from pryv_tui.operations.steps.drilling.prove_isolation import ProveIsolation
from pryv_tui.operations.steps.drilling.read_services import ReadServices
from pryv_tui.operations.steps.drilling.remove_sandbox import RemoveSandbox
from pryv_tui.operations.steps.services.ask_services import AskServices
from pryv_tui.operations.steps.services.hold_follower import HoldFollower, ReleaseFollower
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform, ReleaseHold, SettleHold
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts, NoRestarts
from pryv_tui.operations.steps.services.start_services import StartServices
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.operations.steps.services.switch_container import StartContainer, StopContainer
from pryv_tui.operations.steps.sets.complete_set import CompleteSet
from pryv_tui.operations.steps.sets.drop_copy import DropCopy
from pryv_tui.operations.steps.sets.fetch_set import FetchSet
from pryv_tui.operations.steps.sets.flag_sets import FlagSets
from pryv_tui.operations.steps.sets.forget_set import ForgetSet
from pryv_tui.operations.steps.sets.open_set import OpenSet
from pryv_tui.operations.steps.sets.prune_repository import PruneRepository
from pryv_tui.operations.steps.sets.remove_rest import RemoveRest
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.operations.steps.sets.send_set import SendSet
from pryv_tui.operations.steps.sets.verify_set import VerifySet
from pryv_tui.operations.steps.taking.audit_gap import AuditGap
from pryv_tui.operations.steps.taking.check_gap import CheckGap
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from pryv_tui.operations.steps.taking.dump_store import DumpStore
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump, PutBackDump

AnyStep: TypeAlias = (
    AskNewer
    | AskServices
    | AuditGap
    | AuditLive
    | BringFiles
    | BringUp
    | BuildSandbox
    | CheckDrill
    | CheckGap
    | CheckRestore
    | CheckSandbox
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
    | InSandbox
    | KeepCopied
    | KeepStore
    | MoveAside
    | NoRestarts
    | OpenSet
    | PlaceRedis
    | PrepareDump
    | ProveIsolation
    | PruneRepository
    | PutBackDump
    | PutBackRoot
    | ReadServices
    | ReleaseAside
    | ReleaseFollower
    | RemoveRest
    | RemoveSandbox
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
    | TakeFingerprint
    | TellSetAside
    | TryMoves
    | VerifySet
)
