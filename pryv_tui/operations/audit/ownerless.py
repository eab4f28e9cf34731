"""Which accounts of core's index have no document in the dump of MongoDB beside it.

The index is copied after the dump: of an account that was made while the dump was written, a set
has the name alone, and nobody can log in with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pryv_tui.formats.bson_files import iterate_documents
from pryv_tui.formats.errors import FormatError
from pryv_tui.operations.audit.live_stores import OWNED
from pryv_tui.operations.stores.mongo_server import EVENTS
from pryv_tui.phrases import counted


class Ownerless:
    """The ids of accounts of which no document was met yet: never more than the index has."""

    def __init__(self, ids: Iterable[str], said: object) -> None:
        """
        Args:
            ids: of the accounts that core's index names.
            said: how many documents each collection has by the set's own words, where it says so.
        """
        self.left = set(ids)
        self.problem = ""
        """Why some documents could not be read: what is left may be the owner of one of them."""
        self._said = said if isinstance(said, dict) else None
        self._met = 0

    def take(self, document: Mapping[str, Any]) -> None:
        """Take in a document."""
        self._met += 1
        if isinstance(owner := document.get("userId"), str):
            self.left.discard(owner)

    @contextmanager
    def reading(self, collection: str) -> Iterator[None]:
        """All documents of a collection are taken in meanwhile.

        Raises:
            FormatError: what was raised meanwhile; it is kept as a problem.
        """
        self._met = 0
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
