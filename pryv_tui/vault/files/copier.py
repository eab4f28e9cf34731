"""Copy one regular file, its content and metadata, and deal with changes made to it while it is
read."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable

from pryv_tui.filesystem.attributes import keep_mode_and_times, keep_owner, keep_xattrs
from pryv_tui.filesystem.folders import READ, open_quietly
from pryv_tui.filesystem.holes import HOLLOW, MOST_HOLES, TooHollow
from pryv_tui.filesystem.inode_flags import note_flags
from pryv_tui.filesystem.paths import read_failed, reading, write_failed, writing
from pryv_tui.filesystem.privileges import rights_of
from pryv_tui.filesystem.same_file import calm_before, leads_to
from pryv_tui.formats.sqlite.copy import NotByBackup, wants_backup
from pryv_tui.formats.sqlite.hold import keep_log, let_go, look_at, stands_alone
from pryv_tui.formats.sqlite.inside import WAITS, Waits
from pryv_tui.formats.sqlite.recover import is_unknown, take_database
from pryv_tui.vault.files.content import ContentCopier, has_holes
from pryv_tui.vault.files.held import Copied, Place, copy_held
from pryv_tui.vault.files.types import CancelToken, CopyHooks

ATTEMPTS = 3
"""Most attempts to read a file that changes while it is read; after the last, a note is made."""
CHANGED = "became something else while it was copied: not copied"
VANISHED = "vanished while it was copied"
MISSED = "was created, or stopped being a folder, while its parent folder was copied: not copied"
"""Notes on an entry that changed after its folder was listed."""
UNKNOWN = (
    "is not a database that SQLite can read (encrypted, perhaps), but has a log or a journal"
    " beside it: copied as files, which may not match if something wrote to them"
)
GONE = (errno.ENOENT, errno.ESTALE)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Changed(Exception):
    """An entry listed as a file is no longer a regular file."""


class Vanished(Exception):
    """The file is gone, and nothing from it is in the copy."""

    told = False
    """Whether a note on the file was made already."""


class LeftOut(Vanished):
    """The file exists, but has too many holes to hash; it is left out, and the copy continues."""

    told = True


class FileCopier:
    """Copy regular files from one open folder to another."""

    def __init__(
        self,
        root: bytes,
        *,
        hooks: CopyHooks | None,
        cancel: CancelToken | None,
        note: Callable[..., None],
        tell: Callable[[int], None],
        calm_ns: int | None = None,
        pass_hollow: bool = False,
        most_holes: int = MOST_HOLES,
        waits: Waits = WAITS,
    ) -> None:
        """Prepare to copy; arguments not listed here are as in `copy_tree`.

        Args:
            root: the source's path.
            note: called with a path, the note's words, and optionally whether the copy may mix
                states of the file.
            tell: called with the number of bytes done since the last call.
            calm_ns: the value of `calm_before` when the copy began; None: take it now.
            pass_hollow: leave out files with too many holes, instead of failing.
            waits: how long to wait for SQLite.
        """
        self._calm_ns = calm_before() if calm_ns is None else calm_ns
        self._pass_hollow = pass_hollow
        self._waits = waits
        self._root = root
        self._hooks = hooks
        self._note = note
        self._tell = tell
        self._told = 0
        self._content = ContentCopier(cancel, self._count, most_holes=most_holes)

    def copy(self, place: Place, *, may_change: bool, sqlite: bool) -> Copied:
        """Copy one file.

        Args:
            place: where the file is and where its copy goes; the target must not exist.
            may_change: a change during the read is normal: note it, and don't read again.
            sqlite: copy a database through SQLite.

        Raises:
            Vanished: the file is gone; nothing is left at the target.
            LeftOut: the file has too many holes, and `pass_hollow` is set; nothing is left at the
                target.
            Changed: it is no longer a regular file; nothing is left at the target.
            PryvTuiError: `unreadable`, `disk-full`, `step-failed`.
            Cancelled: between two chunks; what was written stays at the target.
        """
        self._told, self._refused, self._filled = 0, False, False
        source, before = self._open(place)
        try:
            target = self._create(place, before)
            try:
                copied = self._fill(place, source, target, before, may_change, sqlite)
            except BaseException as error:
                with contextlib.suppress(OSError):  # the first error is the one to report
                    os.close(target)
                if self._pass_hollow and isinstance(error, TooHollow):
                    self._leave_out(place)
                    raise LeftOut from error
                raise
            with writing(place.path):  # some file systems report a full disk only on close
                os.close(target)
            return copied
        finally:
            os.close(source)

    def _open(self, place: Place, *, ask: bool = True) -> tuple[int, os.stat_result]:
        """Open the source, and return the status that it had before a hook could change it.

        `ask`: call the hooks first.
        """
        try:
            noted = None
            if ask and self._hooks is not None:
                noted = os.stat(place.name, dir_fd=place.source, follow_symlinks=False)
                self._hooks.before_read(self._absolute(place.path))
            fd = open_quietly(place.name, READ, place.source)
        except OSError as error:
            if error.errno in GONE:
                raise Vanished from error
            if error.errno in (errno.ELOOP, errno.ENXIO):  # it has become a link or a socket
                raise Changed from error
            raise read_failed(place.path, error) from error
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(fd)
            raise Changed
        same = noted is not None and (noted.st_dev, noted.st_ino) == (status.st_dev, status.st_ino)
        return fd, noted if noted is not None and same else status

    def _create(self, place: Place, status: os.stat_result) -> int:
        with writing(place.path):
            if self._hooks is not None:
                self._hooks.before_write(self._absolute(place.path), status.st_size)
            fd = os.open(place.name, _CREATE, 0o600, dir_fd=place.target)
        try:
            keep_owner(fd, place.path, status, self._note)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def _fill(
        self,
        place: Place,
        source: int,
        target: int,
        before: os.stat_result,
        may_change: bool,
        sqlite: bool,
    ) -> Copied:
        copied = self._through_sqlite(place, source, target) if sqlite else None
        while copied is None:
            file = self._as_file(place, source, target, before, may_change)
            if sqlite and not self._refused:
                self._filled = True
                # A closed database may have been opened in the meantime: then its log has the rest.
                copied = self._through_sqlite(place, source, target)
                if copied is None and not self._filled:
                    before = os.fstat(source)
                    os.lseek(source, 0, os.SEEK_SET)
                    continue  # SQLite refused it, or the database was replaced
                file = file._replace(whole=stands_alone(source, place.name, place.source))
            copied = copied or file
            if sqlite and not copied.by_backup and is_unknown(source, place.name, place.source):
                self._note(place.path, UNKNOWN)
        # A database's copy is longer than the database file where a log was merged.
        written = os.fstat(target).st_size if copied.by_backup else copied.status.st_size
        self._tell(written - self._told)
        keep_xattrs(source, target, place.path, self._note)
        note_flags(source, place.path, self._note)
        keep_mode_and_times(target, place.path, copied.status)
        return copied._replace(rights=rights_of(target))

    def _as_file(
        self, place: Place, source: int, target: int, before: os.stat_result, may_change: bool
    ) -> Copied:
        # A hook may have changed the file since its status was taken.
        size = before.st_size if self._hooks is None else os.fstat(source).st_size
        for attempt in range(ATTEMPTS):
            if attempt:
                size, before = self._again(place, source, target, before)
            sparse = has_holes(source, size, place.path)
            digest = self._content.copy(source, target, size, sparse=sparse, path=place.path)
            after = os.fstat(source)
            if _unchanged(before, after) and self._its_own(place, after):
                return Copied(digest, after)
            if may_change:
                break
            before = after
        what = "changed while it was copied"
        if not may_change:
            what += f", {ATTEMPTS} times: the copy may mix its states"
            self._note(place.path, what, True)
            return Copied(digest, after, steady=False)
        if after.st_nlink == 0:
            what = "vanished while it was copied: the copy holds its former content"
        self._note(place.path, what)
        return Copied(digest, after, steady=False)

    def _its_own(self, place: Place, status: os.stat_result) -> bool:
        """Whether the file's name led to this file all the time while it was read.

        A moved file stays open, and may have been changed at its new place. A removed file has no
        new place.
        """
        return (
            status.st_ctime_ns < self._calm_ns
            or status.st_nlink == 0
            or leads_to(place.source, place.name, status)
        )

    def _again(
        self, place: Place, source: int, target: int, before: os.stat_result
    ) -> tuple[int, os.stat_result]:
        """Prepare to read again, from the file to which the name leads now.

        Returns:
            The file's size, and its status from before a hook could change it.

        Raises:
            Vanished: the file was moved away; nothing is left at the target.
            Changed: it is no longer a regular file; nothing is left at the target.
        """
        if self._hooks is not None:
            try:
                self._hooks.before_read(self._absolute(place.path))
            except OSError as error:
                if error.errno not in GONE:  # a removed file can be read to its end: it is open
                    raise read_failed(place.path, error) from error
        self._empty(target, place.path)
        now = os.fstat(source)
        if now.st_nlink and not leads_to(place.source, place.name, now):
            before = now = self._instead(place, source, target)
        os.lseek(source, 0, os.SEEK_SET)
        return now.st_size, before

    def _instead(self, place: Place, source: int, target: int) -> os.stat_result:
        """Reopen `source` as the file that has the place's name now, and return its status."""
        try:
            found, status = self._open(place, ask=False)
        except (Changed, Vanished):
            with writing(place.path):
                os.unlink(place.name, dir_fd=place.target)
            raise
        try:
            os.dup2(found, source, inheritable=False)
        finally:
            os.close(found)
        keep_owner(target, place.path, status, self._note)
        return status

    def _through_sqlite(self, place: Place, source: int, target: int) -> Copied | None:
        """Copy a database through SQLite. Return None if the file is not a database, or has to be
        copied as a plain file."""
        for left in reversed(range(ATTEMPTS)):
            if not self._needs_sqlite(place, source):
                return None
            let_go(source)  # a writer that SQLite waits for may be waiting for this lock
            self._empty(target, place.path)
            found = copy_held(self._content, place, source, target)
            if found is not None:
                return found
            self._empty(target, place.path)
            try:
                mended = take_database(
                    place.name,
                    place.source,
                    place.target,
                    between=self._content.stop_if_asked,
                    waits=self._waits,
                    holds=lambda: keep_log(source),
                    looks=lambda: look_at(source, place.name, place.source),
                )
            except NotByBackup as error:
                self._empty(target, place.path)
                if not leads_to(place.source, place.name, os.fstat(source)):
                    self._instead(place, source, target)  # SQLite's error is about the new file
                elif error.moves and left:
                    continue
                what = f"SQLite could not back it up ({error}): copied as a file, with its journal"
                if error.moves:
                    self._note(place.path, f"{what}: the copy may mix its states", True)
                else:
                    self._note(place.path, what)
                self._refused = True
                return None
            except OSError as error:
                raise write_failed(place.path, error) from error
            finally:
                let_go(source)  # don't make writers wait for a hash, or for a copy as a file
            break
        status = os.fstat(source)
        if not leads_to(place.source, place.name, status):
            self._instead(place, source, target)  # the database was replaced: copy the new one
            self._empty(target, place.path)
            return None
        if mended:
            what = f"SQLite could not back it up ({mended}): a copy of its files was repaired"
            self._note(place.path, what)
        digest = self._content.digest(target, place.path)
        return Copied(digest, status, by_backup=True, whole=True, steady=False)

    def _needs_sqlite(self, place: Place, source: int) -> bool:
        """Whether the file that is being copied is an SQLite database which another process uses.

        If no process uses it, it gets a lock here for the time of the copy: a process that opens it
        meanwhile then can't remove its log when it closes the database, so the log shows that it
        was there.
        """
        with reading(place.path):
            for _ in range(ATTEMPTS):
                if wants_backup(source, place.name, place.source):
                    return True
                if keep_log(source):
                    return False
                self._content.stop_if_asked()  # a closing process has it exclusively for a moment
        return False

    def _empty(self, target: int, path: bytes) -> None:
        """Truncate the target to start again, and subtract its bytes from the progress."""
        self._tell(-self._told)
        self._told, self._filled = 0, False
        with writing(path):
            os.ftruncate(target, 0)
            os.lseek(target, 0, os.SEEK_SET)

    def _leave_out(self, place: Place) -> None:
        """Remove the target of a file that is left out, and add a note for the operator."""
        self._tell(-self._told)
        self._told = 0
        with writing(place.path):
            os.unlink(place.name, dir_fd=place.target)
        self._note(place.path, HOLLOW, True)

    def _absolute(self, path: bytes) -> bytes:
        return self._root + b"/" + path

    def _count(self, count: int) -> None:
        self._told += count
        self._tell(count)


def _unchanged(before: os.stat_result, after: os.stat_result) -> bool:
    # A writer can reset mtime, but not ctime.
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
