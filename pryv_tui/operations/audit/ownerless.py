"""Find accounts without documents, and events whose owner is not in core's index.

The index is copied after the MongoDB dump. So for an account that was made during the dump a set
has only the name, and nobody can log in with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from pryv_tui.formats.bson_files import iterate_documents
from pryv_tui.formats.errors import FormatError
from pryv_tui.operations.audit.accounts import Accounts
from pryv_tui.operations.stores.mongo_server import EVENTS, OWNED
from pryv_tui.phrases import counted
from pryv_tui.vault.manifest import CoreAccounts

KEPT = 1_000
"""Maximum number of names of each kind that are stored in a set."""


class Ownerless:
    """The account ids without a document so far; never more than the index has."""

    def __init__(self, ids: Iterable[str], said: object) -> None:
        """
        Args:
            ids: the ids of the accounts in core's index.
            said: the number of documents per collection by the set; anything but a dict means
                unknown.
        """
        self._ids = frozenset(ids)
        self.left = set(self._ids)
        self.unnamed: set[str] = set()
        """Owners of events that are not in the index; at most `KEPT` + 1."""
        self._events = False
        self.problem = ""
        """Why some documents are missing; one of them may belong to an id in `left`. Empty if none
        are."""
        self._said = said if isinstance(said, dict) else None
        self._met = 0

    def take(self, document: Mapping[str, Any]) -> None:
        """Count a document and note its owner."""
        self._met += 1
        if not isinstance(owner := document.get("userId"), str):
            return
        self.left.discard(owner)
        if self._events and owner not in self._ids and len(self.unnamed) <= KEPT:
            self.unnamed.add(owner)

    @contextmanager
    def reading(self, collection: str) -> Iterator[None]:
        """Read a collection: in a `with` block the caller passes all its documents to `take`.

        Afterwards their number is compared with the set's.

        Raises:
            FormatError: an error in the block; it is also kept as the problem.
        """
        self._met, self._events = 0, collection == EVENTS
        try:
            yield
        except FormatError as error:
            self._fail(str(error))
            raise
        said = self._said.get(collection, 0) if self._said is not None else None
        if not isinstance(said, int):
            self._fail(f"the set does not say how many documents {collection} had")
        elif self._met < said:
            found = counted(self._met, "document")
            self._fail(f"the dump holds {found} of {collection}, the set says {said:,}")

    def _fail(self, why: str) -> None:
        self.problem = self.problem or why

    def read_others(self, dump: Path, between: Callable[[], None]) -> None:
        """Read the other collections, as long as an account without a document is left.

        Args:
            dump: the folder of the dumped database.
            between: called from time to time; may raise to end the reading.
        """
        for collection in OWNED:
            if collection == EVENTS:
                continue
            if not self.left:
                return
            between()
            path = dump / f"{collection}.bson"
            with suppress(FormatError), self.reading(collection):
                # MongoDB creates a collection with its first document: no file means no document,
                # unless the set has another number.
                for document in iterate_documents(path) if path.exists() else ():
                    self.take(document)


class Bare(NamedTuple):
    """The accounts that have only a name in core's index."""

    names: frozenset[str] | None
    why: str = ""
    """Why the names are unknown."""


def bare(told: Accounts, ownerless: Ownerless) -> Bare:
    """Return the names without a document, after all readable documents were taken."""
    if ownerless.left and ownerless.problem:
        return Bare(None, ownerless.problem)
    return Bare(frozenset(told.ids[one] for one in ownerless.left))


def nameless(told: Accounts) -> str:
    """Say why documents can't be joined with the index's names; empty if they can."""
    if len(told.ids) < len(told.names or ()):
        return "the index of core does not tell the ids of its accounts"
    return ""


def read_bare(dump: Path, told: Accounts, said: object, between: Callable[[], None]) -> Bare:
    """Find the accounts that have a name, but no document in a dump.

    Events are read only if the other collections leave an account without a document.

    Args:
        dump: the folder of the dumped database.
        said: the number of documents of each collection, as the set says it: a mapping. Anything
            else means that the numbers are not known.
        between: called from time to time; may raise to end the reading.
    """
    if why := nameless(told):
        return Bare(None, why)
    ownerless = Ownerless(told.ids, said)
    ownerless.read_others(dump, between)
    path = dump / f"{EVENTS}.bson"
    if ownerless.left:
        with suppress(FormatError), ownerless.reading(EVENTS):
            for document in iterate_documents(path) if path.exists() else ():
                ownerless.take(document)
    return bare(told, ownerless)


def kept_of(told: Accounts, found: Bare, ownerless: Ownerless, *, read: bool) -> CoreAccounts:
    """Return what a set records about its accounts.

    Args:
        read: whether all events could be read.
    """
    many = f"more than {KEPT:,} are not kept"
    names = found.names
    nameless = ownerless.unnamed if read else None
    reasons = [found.why, *(many for one in (names, nameless) if one and len(one) > KEPT)]
    return CoreAccounts(
        indexed=len(told.names or ()),
        without_documents=None if names is None or len(names) > KEPT else tuple(sorted(names)),
        without_name=(
            None if nameless is None or len(nameless) > KEPT else tuple(sorted(nameless))
        ),
        why="; ".join(dict.fromkeys(filter(None, reasons))),
    )
