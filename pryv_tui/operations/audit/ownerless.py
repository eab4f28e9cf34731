"""Which accounts of core's index have no document in the dump of MongoDB beside it, and whose
events the dump has that the index does not name.

The index is copied after the dump: of an account that was made while the dump was written, a set
has the name alone, and nobody can log in with it.
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
"""Names of each kind that a set keeps."""


class Ownerless:
    """The ids of accounts of which no document was met yet: never more than the index has."""

    def __init__(self, ids: Iterable[str], said: object) -> None:
        """
        Args:
            ids: of the accounts that core's index names.
            said: how many documents each collection has by the set's own words, where it says so.
        """
        self._ids = frozenset(ids)
        self.left = set(self._ids)
        self.unnamed: set[str] = set()
        """Owners of events that the index does not name; no more than are worth to be kept."""
        self._events = False
        self.problem = ""
        """Why some documents could not be read: what is left may be the owner of one of them."""
        self._said = said if isinstance(said, dict) else None
        self._met = 0

    def take(self, document: Mapping[str, Any]) -> None:
        """Take in a document."""
        self._met += 1
        if not isinstance(owner := document.get("userId"), str):
            return
        self.left.discard(owner)
        if self._events and owner not in self._ids and len(self.unnamed) <= KEPT:
            self.unnamed.add(owner)

    @contextmanager
    def reading(self, collection: str) -> Iterator[None]:
        """All documents of a collection are taken in meanwhile.

        Raises:
            FormatError: what was raised meanwhile; it is kept as a problem.
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
        """Take in the other collections, as long as an account is left without a document.

        Args:
            dump: the folder of the dumped database.
            between: called now and then; may raise to end it.
        """
        for collection in OWNED:
            if collection == EVENTS:
                continue
            if not self.left:
                return
            between()
            path = dump / f"{collection}.bson"
            with suppress(FormatError), self.reading(collection):
                # A collection is made by its first document: without a file there were none,
                # unless the set says otherwise.
                for document in iterate_documents(path) if path.exists() else ():
                    self.take(document)


class Bare(NamedTuple):
    """The accounts that are in core's index alone."""

    names: frozenset[str] | None
    why: str = ""
    """Why they are not known."""


def bare(told: Accounts, ownerless: Ownerless) -> Bare:
    """Which names have no document, when all documents were taken in that could be."""
    if ownerless.left and ownerless.problem:
        return Bare(None, ownerless.problem)
    return Bare(frozenset(told.ids[one] for one in ownerless.left))


def nameless(told: Accounts) -> str:
    """Why documents can't be joined with the names of an index; empty where they can be."""
    if len(told.ids) < len(told.names or ()):
        return "the index of core does not tell the ids of its accounts"
    return ""


def read_bare(dump: Path, told: Accounts, said: object, between: Callable[[], None]) -> Bare:
    """The same from a dump alone; its events are read only where the other collections leave an
    account without a document.

    Args:
        dump: the folder of the dumped database.
        said: how many documents each collection has by the set's own words.
        between: called now and then; may raise to end it.
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
    """What a set keeps of it.

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
