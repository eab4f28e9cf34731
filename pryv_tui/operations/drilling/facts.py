"""What a drill finds out. Each fact goes into its journal by an event of its own."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

CheckState = Literal["passed", "failed", "could not verify", "not checked"]
"""`could not verify`: it was tried, and nothing could be told. `not checked`: it was not tried. A
drill has passed where all its checks have."""
ISOLATED = "isolation"
"""The name of the check that nothing in the sandbox reaches anything outside it."""
REMOVED = "sandbox removed"
"""The name of the check that nothing of the sandbox is left."""
STAYED = "production unchanged"
"""The name of the check that compares the live platform with what it was before."""
Depth = Literal["data", "services"]
"""How much of the platform a sandbox runs: its database servers, or all that answers."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was to be compared."""

    name: str
    about: str = ""
    """The store or the role."""
    state: CheckState
    expected: str = ""
    found: str = ""
    why: str = ""
    """Why it is in this state, where the figures do not tell."""
    beyond: bool = False
    """Whether a drill of this depth, or of this set, can't do it at all. It is told with its
    reason, it is never passed, and it does not decide how the drill ends."""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to get out of the sandbox."""

    what: Literal["outwards", "name", "host", "production"]
    """Where to: an address outside, a name server, the machine itself, a live container."""
    target: str
    reached: bool
    answer: str = ""
    """What was said to the attempt."""
    source: str = ""
    """The container from which it was made."""
    told: bool = True
    """Whether the attempt could be made at all. Where not, nothing is proven."""


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """What the live platform was, as SHA-256 over canonical JSON: each in hex."""

    moment: Literal["before", "after"]
    containers: str
    networks: str
    root: str
    details: dict[str, str] = {}
    """By container, and by root, its own digest: what differs can be named."""


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time."""

    name: str
    began: str
    """RFC 3339 UTC."""
    ended: str = ""
    """The same; empty while it lasts."""
    of: Literal["machine", "decision", "waiting", "sandbox"]
    """Whose time it is. `sandbox`: no real restore would have needed it."""


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest record of a restored store."""

    store: str
    host: str = ""
    """The machine of the set whose store it is; empty in older ones."""
    moment: str
    """RFC 3339 UTC; empty where it is not known, and `why`."""
    why: str = ""
    timeless: bool = False
    """Whether nothing in it has a time, so that none can be known: it is told, and is no part of a
    recovery point."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts that the set has and the live platform no longer has. Names stand nowhere here."""

    count: int | None
    """None where it is not known, and `why`."""
    role: str = ""
    why: str = ""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """The image that a container of the sandbox was made from."""

    service: str
    reference: str
    digest: str


class Disposal(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the sandbox that was removed."""

    what: str
    when: str
    """RFC 3339 UTC."""
    proof: str
    """What was looked at to be sure that it is gone; empty where nothing shows that."""
    container: bool = False
    """Whether it was a container; else a network or a folder."""
    network: bool = False
    """Whether it was a network."""

    @property
    def told(self) -> str:
        """What is known of it, in words."""
        return f"is gone ({self.proof})" if self.proof else "NOT PROVEN to be gone"


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill is made in; written before the first of it is made."""

    id: str
    set: str
    depth: Depth
    root: str
    """The folder that holds all of it on the disk."""
    expires: str
    """From when on it is cleared without being asked for, RFC 3339 UTC."""
    practice: bool = False
    checks: tuple[tuple[str, str], ...] = ()
    """What is to be compared in it, by name and of what: a drill that dies says no more of it."""


DrillFact: TypeAlias = (
    Check | Probe | Fingerprint | Phase | Newest | Erased | Image | Disposal | Sandbox
)
