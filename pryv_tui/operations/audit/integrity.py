"""Compare an attached file with the digest in its event. Pure.

From 1.8 each attachment has the field `integrity`, in the web's subresource integrity format: the
algorithm, and the digest in base64 (`sha256-…`).
"""

from __future__ import annotations

import base64

SHA256 = "sha256-"


def agrees(digest: bytes, integrity: str) -> bool | None:
    """Whether a file matches its event's digest; None if the event has no SHA-256.

    Args:
        digest: the file's SHA-256.
        integrity: the attachment's `integrity` in the event.
    """
    if not integrity.startswith(SHA256):
        return None
    return integrity == f"{SHA256}{base64.b64encode(digest).decode()}"
