"""The facts that a drill finds out. Each is written into the drill's journal as one event."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

CheckState = Literal["passed", "failed", "could not verify", "not checked"]
"""`could not verify`: the check was tried, but gave no result. `not checked`: it was not tried. A
drill has passed if all its checks have passed; checks that are `beyond` it are ignored."""
ISOLATED = "isolation"
"""The name of the check that nothing in the sandbox reaches anything outside it."""
REMOVED = "sandbox removed"
"""The name of the check that no part of the sandbox is left."""
STAYED = "production unchanged"
"""The name of the check that the live platform is the same after the drill as before it."""
Depth = Literal["data", "services"]
"""What a sandbox runs: the database servers alone (`data`), or the services too (`services`)."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a drill."""

    name: str
    about: str = ""
    """The store or the role that is checked."""
    state: CheckState
    expected: str = ""
    found: str = ""
    why: str = ""
    """The reason for `state`, if `expected` and `found` do not show it."""
    beyond: bool = False
    """Whether this check is impossible in a drill of this depth, or of this set. It is reported
    with its reason, never passes, and does not affect the drill's outcome."""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to reach something outside the sandbox."""

    what: Literal["outwards", "name", "host", "production"]
    """The target's kind: an address outside, a name server or a name, the machine itself, a live
    container."""
    target: str
    reached: bool
    answer: str = ""
    """The answer to the attempt, or the error message."""
    source: str = ""
    """The container from which the attempt was made."""
    told: bool = True
    """Whether the attempt proves that the target was reached, or that it can't be reached."""


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the live platform: SHA-256 digests over canonical JSON, in hex."""

    moment: Literal["before", "after"]
    containers: str
    networks: str
    root: str
    details: dict[str, str] = {}
    """A digest for each container and each root, so that a difference can be named."""


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a drill, with its times."""

    name: str
    began: str
    """RFC 3339 UTC."""
    ended: str = ""
    """RFC 3339 UTC; empty while the phase lasts."""
    of: Literal["machine", "decision", "waiting", "sandbox"]
    """The kind of work in this phase. `sandbox`: a real restore would not need this time."""


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest record of a restored store."""

    store: str
    host: str = ""
    """The machine of the set that has the store; empty in older journals."""
    moment: str
    """RFC 3339 UTC; empty if not known (`why` has the reason)."""
    why: str = ""
    timeless: bool = False
    """Whether no record in the store has a time. Then the report says so, and ignores the store
    when it determines the recovery point."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """The number of accounts in the set that the live platform no longer has; no names."""

    count: int | None
    """None if not known (`why` has the reason)."""
    role: str = ""
    why: str = ""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """The image that a container of the sandbox was made from."""

    service: str
    reference: str
    digest: str


class Disposal(msgspec.Struct, frozen=True, kw_only=True):
    """A removed container, network or folder of the sandbox."""

    what: str
    when: str
    """RFC 3339 UTC."""
    proof: str
    """How it was proven to be gone; empty if it was not proven."""
    container: bool = False
    """Whether it was a container; otherwise it was a network or a folder."""
    network: bool = False
    """Whether it was a network."""

    @property
    def told(self) -> str:
        """Say in words whether it is proven to be gone."""
        return f"is gone ({self.proof})" if self.proof else "NOT PROVEN to be gone"


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a drill's sandbox, journalled before any part of the sandbox is made."""

    id: str
    set: str
    depth: Depth
    root: str
    """The folder with all of the sandbox's files."""
    expires: str
    """RFC 3339 UTC; after it a command with another state folder may clear the sandbox."""
    practice: bool = False
    checks: tuple[tuple[str, str], ...] = ()
    """`name` and `about` of each planned check, for the report of a drill that died."""


DrillFact: TypeAlias = (
    Check | Probe | Fingerprint | Phase | Newest | Erased | Image | Disposal | Sandbox
)
