"""What an event says of the content of its attached files. Pure.

From 1.8 each has `integrity`, as the web's subresource integrity writes it: the algorithm and the
digest in base64 (`sha256-…`).
"""

from __future__ import annotations

import base64

SHA256 = "sha256-"


def agrees(digest: bytes, integrity: str) -> bool | None:
    """Whether a file is what its event says; None where the event says nothing that is compared.

    Args:
        digest: the file's SHA-256.
        integrity: the event's word on it.
    """
    if not integrity.startswith(SHA256):
        return None
    return integrity == f"{SHA256}{base64.b64encode(digest).decode()}"
