"""Messages between a copy and its workers, over socket pairs of their own.

An order comes with open descriptors for each of its folders, at the source and at the destination:
a worker never opens a folder by its path.

Both ends are the same interpreter, and nobody else holds the sockets, so `marshal` is safe here. It
is built in: a worker starts in half the time that it takes to import anything more.
"""

from __future__ import annotations

import marshal
import mmap
import os
import stat
from collections.abc import Sequence
from enum import IntEnum, IntFlag
from socket import CMSG_LEN, MSG_CMSG_CLOEXEC, socket
from typing import Any, NamedTuple

from pryv_tui.filesystem.holes import MOST_HOLES
from pryv_tui.formats.sqlite.inside import WAITS
from pryv_tui.vault.files.pieces import BATCH_BYTES, BATCH_ENTRIES, Ahead, Places

BATCH_FILES = 64
BATCH_FOLDERS = 24
"""Most files and folders of a batch. A folder takes two descriptors, and one more for each of its
earlier copies."""
FEW = 4
"""Most pieces of a batch that were handed out before."""
BATCH_ENDS = 72
"""Most descriptors of a batch."""
MESSAGE_BYTES = 64 << 10
"""The longest order: several have room where the system keeps what was not read yet (208 KB by
default, net.core.wmem_default)."""
STOP, SHARE, SHARES = 1, 2, 16
"""What stands on the board, and what part of a batch is done at least, as in `subtrees.c`."""
LENGTH_BYTES = 8
"""Bytes of the length that precedes each reply. An order is one packet, a reply may be longer."""


def send(channel: socket, message: bytes) -> None:
    """Send a message of any length."""
    channel.sendall(len(message).to_bytes(LENGTH_BYTES, "big") + message)


def receive(channel: socket) -> bytes | None:
    """The next message; None: the other end is closed."""
    data, length = bytearray(), LENGTH_BYTES
    while len(data) < length:
        try:
            part = channel.recv(length - len(data))
        except ConnectionResetError:
            part = b""
        if not part:
            return None
        data += part
        if len(data) == LENGTH_BYTES:
            length += int.from_bytes(data, "big")
    return bytes(data[LENGTH_BYTES:])


def receive_order(channel: socket) -> tuple[bytes, list[int]]:
    """The next order, and its descriptors: no program that is started meanwhile inherits them."""
    room = CMSG_LEN(BATCH_ENDS * 4)
    data, sent, _, _ = channel.recvmsg(MESSAGE_BYTES, room, MSG_CMSG_CLOEXEC)
    return data, [fd for _, _, part in sent for fd in memoryview(part).cast("i")]


def is_log(descriptor: int) -> bool:
    """Whether what is written there is kept in a file, as a run's log is, and shown to nobody.

    What a worker prints, such as where a fault of it was, is for that file alone: on a terminal it
    would lie across whatever is shown there, and who reads a pipe takes it for ours.
    """
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False


class Task(IntEnum):
    """What to do with a folder's files."""

    COPY = 0
    PIECE = 1
    """They are a part of a tree, which the C library copies as far as it is plain."""
    READ = 2
    """Likewise, but they are only hashed and listed, where they are."""


class About(IntFlag):
    """What a worker has to know of a file that it copies."""

    NOTHING = 0
    MAY_CHANGE = 1
    """A change while it is read is normal."""
    DATABASE = 2
    """It is copied as a database, if it is one."""
    BESIDE = 4
    """It lies beside the database before it, which may have it in its copy."""


class WorkFolder(NamedTuple):
    """Files of one folder to copy, or to read."""

    path: bytes
    """The folder's path in the tree, empty for the root."""
    files: Sequence[tuple[bytes, int]]
    """Names, and what of `About` holds for each."""
    task: int
    """One of `Task`."""
    linkable: bool = False
    """For `PIECE`: whether a later set may link to its files, and this one to earlier copies."""
    formers: tuple[int, ...] = ()
    """For `PIECE`: the numbers of the earlier copies whose folder comes as a further descriptor."""
    places: Places = ()
    """For `PIECE`: where the lists of those speak of the first of it."""

    @property
    def descriptors(self) -> int:
        """How many descriptors come with it."""
        return 1 if self.task == Task.READ else 2 + len(self.formers)


class Order(NamedTuple):
    """A batch with its number."""

    batch: int
    folders: list[WorkFolder]

    def encode(self) -> bytes:
        """As it goes over the socket."""
        folders = [
            (path, [(name, int(about)) for name, about in files], int(task), *rest)
            for path, files, task, *rest in self.folders
        ]
        return marshal.dumps((self.batch, folders))

    @staticmethod
    def decode(data: bytes) -> Order:
        """The order again."""
        batch, folders = marshal.loads(data)
        return Order(batch, [WorkFolder(*folder) for folder in folders])


class Reply(NamedTuple):
    """The result of a batch; a failure ends the copy."""

    batch: int
    digests: list[bytes | None]
    """One for each file in the order of the batch; `None`: it was not copied, as is noted,
    or can't be read."""
    notes: list[tuple[int, bytes, str, bool]]
    """The file's place in the batch, the path, what is to be known about it, and whether the copy
    may mix its states."""
    failure: tuple[str, str, str, str] | None = None
    """An error's name, what happened, the remedy, the file that it is about."""
    seen: list[tuple[object, ...] | None] | None = None
    """Of each file that was copied: `index.SourceStat`."""
    pieces: dict[int, tuple[Any, ...]] | None = None
    """A `Piece` for each `PIECE` or `READ`, which takes one place in the batch."""

    def encode(self) -> bytes:
        """As it goes over the socket, after its length."""
        return marshal.dumps(tuple(self))

    @staticmethod
    def decode(data: bytes) -> Reply:
        """The reply again."""
        return Reply(*marshal.loads(data))


class Board:
    """Memory that a copy shares with its workers: whether to stop, and how much each has done."""

    def __init__(self, fd: int, processes: int) -> None:
        """Map what `create` made."""
        self._map = mmap.mmap(fd, 8 * (1 + processes))
        self._slots = memoryview(self._map).cast("q")

    @staticmethod
    def create(processes: int) -> int:
        """A descriptor of such memory, zeroed, that ends with its last user."""
        fd = os.memfd_create("pryv-tui-copy", os.MFD_CLOEXEC)
        os.truncate(fd, 8 * (1 + processes))
        return fd

    @property
    def address(self) -> int:
        """Where in memory a number lies: `STOP`, `SHARE` or 0."""
        import ctypes  # late: a start's time

        return ctypes.addressof(ctypes.c_int64.from_buffer(self._map))

    @property
    def stopped(self) -> bool:
        """Whether the copy is over for everybody."""
        return self._slots[0] == STOP

    def stop(self) -> None:
        """End the copy for everybody, at their next chunk."""
        self._slots[0] = STOP

    @property
    def shared(self) -> bool:
        """Whether somebody has nothing to do, or the copy is over."""
        return self._slots[0] != 0

    def share(self, wanted: bool) -> None:
        """Say whether somebody has nothing to do: who has much then does only a part of it."""
        self._slots[0] = SHARE if wanted else 0

    def add(self, process: int, count: int) -> None:
        """Add to the bytes that a worker has done; negative when it starts a file again."""
        self._slots[1 + process] += count

    def total(self) -> int:
        """Bytes done by all processes."""
        return sum(self._slots[1:])

    def close(self) -> None:
        """Unmap it."""
        self._slots.release()
        self._map.close()


class WorkerConfig(NamedTuple):
    """What workers are told once, before their first order."""

    sqlite: tuple[str, ...] = ()
    """As in `Selection`."""
    links_tell: bool = True
    """Whether a file's number of links tells if it has several names in the tree."""
    proofs: tuple[int, ...] = ()
    """Of each earlier copy that is linked to, as for `ParentFolder`."""
    lists: tuple[tuple[Any, ...], ...] = ()
    """A `FormerList` for each walk in the lists of those."""
    never: tuple[int, int] = (0, 0)
    """Device and inode of the folder that is copied to: nobody enters it."""
    no_snapshots: bool = False
    """As in `Selection`."""
    listed_in: bytes | None = None
    """The prefix of the tree's paths in all lists; None: not the same in each."""
    settled_ns: int = 0
    """As for `IndexWriter`."""
    native: bool = False
    """Copy folders of plain files in one call of the C library, where it was built."""
    ahead: Ahead = Ahead.NEVER
    """When folders are read ahead."""
    calm_ns: int = 0
    """See `same_file.calm_before`."""
    part: tuple[int, int] = (1, 1)
    """For `READ`: which part of the files is read, and of how many."""
    pass_hollow: bool = False
    """As for `copy_tree`."""
    batch_bytes: int = BATCH_BYTES
    batch_entries: int = BATCH_ENTRIES
    """A batch ends after so many bytes of content, or entries: what is left of it is not begun."""
    most_holes: int = MOST_HOLES
    waits: tuple[float, ...] = tuple(WAITS)
    """Both as for `CopyEngine`."""

    def encode(self) -> bytes:
        """As it goes over the socket, after its length."""
        return marshal.dumps([int(it) if isinstance(it, IntEnum) else it for it in self])

    @staticmethod
    def decode(data: bytes) -> WorkerConfig:
        """What `encode` gave, decoded."""
        found = WorkerConfig(*marshal.loads(data))
        return found._replace(ahead=Ahead(found.ahead))
