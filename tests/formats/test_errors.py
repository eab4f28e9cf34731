"""What the system says of a file is told as a word about it only where it is one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pryv_tui.formats.errors import unread
from pryv_tui.reading import ShortOfMeans, ShortOfRights

PATH = Path("dump.rdb")


def said(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def test_a_disk_that_fails_is_one() -> None:
    assert "Input/output error" in str(unread(PATH, said(errno.EIO)))


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_want_of_means_is_none(number: int) -> None:
    with pytest.raises(ShortOfMeans):
        unread(PATH, said(number))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_nor_is_want_of_rights(number: int) -> None:
    with pytest.raises(ShortOfRights):
        unread(PATH, said(number))
