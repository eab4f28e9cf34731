"""Real restic repositories for tests, whose key is cheap to derive.

restic makes a key's derivation (scrypt) as slow as half a second on the machine where the
repository is made, each time that it is opened. Here the same key is wrapped again with the least
work: everything else about the repository is restic's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.poly1305 import Poly1305

PASSWORD = "a password of the tests"

needed = pytest.mark.skipif(
    shutil.which("restic") is None and not os.environ.get("PRYV_TUI_REQUIRE_ENGINE"),
    reason="restic is not installed: apt-get install restic",
)
"""Skips with the reason; where everything has to be there, as in CI, the test fails instead."""

together = pytest.mark.xdist_group("restic")
"""One worker makes the repository that all are copied from."""
apart = pytest.mark.xdist_group("restic-apart")
"""Another worker makes one too: about half of the tests, so that neither is at it to the end."""


def make_repository(folder: Path) -> None:
    """What `restic init` makes, with a cheap key."""
    environment = {**os.environ, "RESTIC_PASSWORD": PASSWORD}
    subprocess.run(
        ["restic", "-r", folder, "init"], env=environment, check=True, capture_output=True
    )
    (old,) = (folder / "keys").iterdir()
    key: dict[str, Any] = json.loads(old.read_bytes())
    master = _open(base64.b64decode(key["data"]), _derived(key))
    key |= {"N": 2, "r": 1, "p": 1}
    key["data"] = base64.b64encode(_seal(master, _derived(key))).decode()
    content = json.dumps(key).encode()
    (folder / "keys" / hashlib.sha256(content).hexdigest()).write_bytes(content)
    old.unlink()


def leave_lock(folder: Path, pid: int, machine: str = "") -> Path:
    """The lock of a restic of this machine, or of another one, that holds a repository for itself
    alone, as `prune` does; where it was killed, it stays.

    Of a repository that `make_repository` made."""
    (path,) = (folder / "keys").iterdir()
    key: dict[str, Any] = json.loads(path.read_bytes())
    master = json.loads(_open(base64.b64decode(key["data"]), _derived(key)))
    parts = (master["encrypt"], master["mac"]["k"], master["mac"]["r"])
    lock = {
        "time": datetime.now(UTC).isoformat(),
        "exclusive": True,
        "hostname": machine or socket.gethostname(),
        "username": "root",
        "pid": pid,
    }
    sealed = _seal(json.dumps(lock).encode(), b"".join(map(base64.b64decode, parts)))
    made = folder / "locks" / hashlib.sha256(sealed).hexdigest()
    made.write_bytes(sealed)
    return made


def _derived(key: dict[str, Any]) -> bytes:
    """32 bytes for AES, then 16 and 16 for Poly1305-AES (restic's design document, "Keys,
    Encryption and MAC")."""
    return hashlib.scrypt(
        PASSWORD.encode(),
        salt=base64.b64decode(key["salt"]),
        n=key["N"],
        r=key["r"],
        p=key["p"],
        dklen=64,
        maxmem=1 << 30,
    )


def _open(sealed: bytes, keys: bytes) -> bytes:
    nonce, cipher, mac = sealed[:16], sealed[16:-16], sealed[-16:]
    assert _mac(nonce, cipher, keys) == mac
    return _crypt(nonce, cipher, keys)


def _seal(plain: bytes, keys: bytes) -> bytes:
    nonce = os.urandom(16)
    cipher = _crypt(nonce, plain, keys)
    return nonce + cipher + _mac(nonce, cipher, keys)


def _crypt(nonce: bytes, content: bytes, keys: bytes) -> bytes:
    return Cipher(algorithms.AES(keys[:32]), modes.CTR(nonce)).encryptor().update(content)


def _mac(nonce: bytes, cipher: bytes, keys: bytes) -> bytes:
    block = Cipher(algorithms.AES(keys[32:48]), modes.ECB()).encryptor().update(nonce)
    return Poly1305.generate_tag(keys[48:64] + block, cipher)
