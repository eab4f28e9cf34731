"""Make, read and verify signatures with `ssh-keygen -Y` (OpenSSH 8.0 and later).

The program is on nearly every server, and nothing else is needed to verify a record years later.
The format of a signature is described in OpenSSH's PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.phrases import cut
from pryv_tui.sanitize import one_line

PROGRAM = "ssh-keygen"
_MAGIC = b"SSHSIG"
_HEAD, _TAIL = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"

_PEOPLE = ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY")
"""Environment variables by which ssh-keygen finds an agent, or a person to ask for a passphrase."""


class NotSigned(PryvTuiError):
    """The error (`check-failed`) if ssh-keygen did not sign."""

    def __init__(self, key: Path, said: str) -> None:
        super().__init__(
            "check-failed",
            f"ssh-keygen did not sign with {key}: {said}. Nothing was written",
            f"See if the key can be used: ssh-keygen -y -f {shlex.quote(str(key))}",
        )
        self.said = said
        """What ssh-keygen printed, on one line."""


class Signature(NamedTuple):
    """The content of a signature that is not verified: it proves nothing by itself."""

    kind: str
    """The type of the key, such as `ssh-ed25519`."""
    key: str
    """The public key, in base64."""
    namespace: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key, as `ssh-keygen -l` shows it."""
        digest = hashlib.sha256(base64.b64decode(self.key)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def need_key(key: Path) -> None:
    """Check that a key can be read.

    Raises:
        PryvTuiError: `usage`, the key is not there, or can't be read.
    """
    if not os.access(key, os.R_OK):
        why = "can't be read" if key.exists() else "is not there"
        raise PryvTuiError(
            "usage",
            f"the key {key} {why}",
            f"Name another one, or make it: ssh-keygen -t ed25519 -f {shlex.quote(str(key))}",
        )


def sign(content: bytes, key: Path, namespace: str, *, alone: float | None = None) -> bytes:
    """Sign content. ssh-keygen may ask for a passphrase at the terminal, or use ssh-agent.

    Args:
        key: the file of the private key, or of the public key if ssh-agent holds the private one.
        alone: the time limit in seconds. With a limit, neither the terminal nor ssh-agent is asked.
            None: no limit.

    Raises:
        PryvTuiError: `usage`, the key is not there or can't be read; `program-missing`.
        NotSigned: ssh-keygen did not sign.
        subprocess.TimeoutExpired: the limit has passed.
    """
    need_key(key)
    done = _run(["-Y", "sign", "-f", str(key), "-n", namespace], content, alone)
    if done.returncode or not done.stdout.startswith(_HEAD.encode()):
        raise NotSigned(key, _said(done) or f"it exited with {done.returncode}, without output")
    return done.stdout


def verify(content: bytes, signature: Path, signers: Path, *, identity: str, namespace: str) -> str:
    """Verify a signature. Return why it is not good; empty if it is good.

    Raises:
        PryvTuiError: `program-missing`.
    """
    words = ["-Y", "verify", "-f", str(signers), "-I", identity, "-n", namespace]
    done = _run([*words, "-s", str(signature)], content)
    return _said(done) or "ssh-keygen refuses it" if done.returncode else ""


def read_signature(content: bytes) -> Signature:
    """Read the key and namespace of a signature, without verifying it.

    Raises:
        ValueError: the content is not a signature.
    """
    text = content.decode("ascii").strip()
    if not text.startswith(_HEAD) or not text.endswith(_TAIL):
        raise ValueError("it is not a signature of ssh-keygen")
    blob = base64.b64decode("".join(text[len(_HEAD) : -len(_TAIL)].split()), validate=True)
    if not blob.startswith(_MAGIC):
        raise ValueError("it is not a signature of ssh-keygen")
    try:
        key, rest = _string(blob[len(_MAGIC) + 4 :])
        namespace, _ = _string(rest)
        kind, _ = _string(key)
    except struct.error as error:
        raise ValueError("it is cut off") from error
    return Signature(kind.decode("ascii"), base64.b64encode(key).decode(), namespace.decode())


def _string(content: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack(">I", content[:4])
    if len(content) < 4 + size:
        raise ValueError("it is cut off")
    return content[4 : 4 + size], content[4 + size :]


def _run(
    words: list[str], content: bytes, alone: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C"}
    if alone is not None:
        environment = {k: v for k, v in environment.items() if k not in _PEOPLE}
    try:
        # In a new session, ssh-keygen has no terminal to ask for a passphrase.
        return subprocess.run(
            [PROGRAM, *words],
            input=content,
            capture_output=True,
            env=environment,
            check=False,
            start_new_session=alone is not None,
            timeout=alone,
        )
    except OSError as error:
        raise PryvTuiError(
            "program-missing",
            f"{PROGRAM} can't be run on this machine: {error.strerror or error}",
            "Install it: apt-get install openssh-client",
        ) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines()
    told = [line for line in lines if not line.startswith(("Signing ", "-----"))]
    return cut(one_line("; ".join(told)), 300)
