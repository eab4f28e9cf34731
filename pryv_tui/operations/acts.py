"""Runs in words: what one of a kind is called, that one holds the platform, how many in a row
ended alike."""

from __future__ import annotations

from typing import Literal, get_args

from pryv_tui.operations.ages import since_words
from pryv_tui.operations.kind import kind_of

Act = Literal["start", "stop", "restart"]
ACTS: tuple[Act, ...] = get_args(Act)


def act_words(kind: str) -> str:
    """What a run of a kind is called where it stands alone: a `stop` is no stop of a platform."""
    return f"{kind} of a container" if kind_of(kind).of_a_container else kind


def holds_words(kind: str, run: str, since: str) -> str:
    """That a run holds the platform: which one, its kind, since when."""
    when = since_words(since)
    return f"the {act_words(kind)} {run} holds the platform" + (f" since {when}" if when else "")


def follow_or_cancel(run: str) -> str:
    """What can be done about a run that goes on."""
    return f"Follow it: pryv-tui attach {run}; or end it: pryv-tui cancel {run}"


def made_words(run: str) -> str:
    """Of a set that is not finished: a run that is alive makes it."""
    return f"being made now by the backup {run}"


def renamed_first(now: str, source: str, former: str) -> str:
    """What has to be done before a set of another domain can be restored, as a sentence.

    Args:
        source: where the platform says what it is called now.
    """
    return (
        f"No restore takes a set of {former} while the platform is called {now}: its"
        f" files bring that domain back. Call it {former} again first, where it says its domain"
        f" ({source})."
    )


def again_words(many: int, mend: str) -> str:
    """What is said of a run that nobody has to finish, where the ones before it that were asked for
    the same ended as it did; empty where none did.

    Args:
        many: how many ended so in a row, this one among them.
        mend: what its failure says to do about it; empty where it says nothing.
    """
    if many < 2:
        return ""
    row = f"It has ended for this reason {many} times in a row"
    if mend:
        return f"{row}: it will again, unless what is said here is done first."
    return f"{row}, which is not known to go away by itself: mend it before the next try."
