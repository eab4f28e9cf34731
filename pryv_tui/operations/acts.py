"""Phrases about runs: their kind, which run is using the platform, how often one failed in a
row."""

from __future__ import annotations

from typing import Literal, get_args

from pryv_tui.operations.ages import since_words
from pryv_tui.operations.kind import kind_of

Act = Literal["start", "stop", "restart"]
ACTS: tuple[Act, ...] = get_args(Act)


def act_words(kind: str) -> str:
    """The name of a kind of run: `stop of a container`, since `stop` alone could mean the
    platform."""
    return f"{kind} of a container" if kind_of(kind).of_a_container else kind


def holds_words(kind: str, run: str, since: str) -> str:
    """A clause that a run is using the platform, with its kind and its start."""
    when = since_words(since)
    uses = f"has been using the platform since {when}" if when else "is using the platform"
    return f"the {act_words(kind)} {run} {uses}"


def follow_or_cancel(run: str) -> str:
    """A sentence with the commands that follow or cancel a run that is running."""
    return f"Follow it: pryv-tui attach {run}; or end it: pryv-tui cancel {run}"


def made_words(run: str) -> str:
    """A clause about an unfinished set that a run is making now."""
    return f"being made now by the backup {run}"


def renamed_first(now: str, source: str, former: str) -> str:
    """Sentences on what to do before a set of another domain can be restored.

    Args:
        now: the platform's present domain.
        source: the file or setting that contains the present domain.
        former: the domain of the set.
    """
    return (
        f"No restore takes a set of {former} while the platform is called {now}: its files bring"
        f" that domain back. First give it the name {former} again, where its domain is"
        f" configured ({source})."
    )


def again_words(many: int, mend: str) -> str:
    """A sentence that a run has failed several times in a row for the same reason.

    Empty if it failed once. For runs that left nothing to finish or put back.

    Args:
        many: number of runs in a row that ended for this reason, including this one.
        mend: the remedy of the failure; empty if it has none.
    """
    if many < 2:
        return ""
    row = f"It has ended for this reason {many} times in a row"
    if mend:
        return f"{row}: it will fail again, unless the following is done first."
    return f"{row}, and that reason is not known to go away by itself: fix it before the next try."
