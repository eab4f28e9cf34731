"""Send one request to a web server at a known address, without a name server."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError

TIMEOUT_SECONDS = 5.0


def ask_https(doors: Sequence[tuple[str, int]], name: str, path: str) -> int:
    """Request `https://<name><path>` from the first address that can be reached; return the status.

    Args:
        doors: addresses and ports, tried in this order.
        name: used in the TLS handshake and the `Host` line.

    Raises:
        PryvTuiError: `step-failed` if none of them answers.
    """
    # Imported here: HTTP is slow to import, and few commands use it.
    from http.client import HTTPException

    problem = "it publishes no port 443"
    for address, port in doors:
        try:
            return _ask(address, port, name, path)
        except (OSError, HTTPException) as error:
            problem = f"{address}:{port}: {error or type(error).__name__}"
    raise PryvTuiError("step-failed", problem)


def _ask(address: str, port: int, name: str, path: str) -> int:
    import ssl
    from http.client import HTTPSConnection

    # The certificate is not checked: only the answer counts. After a restore the certificate may
    # have expired although the data is back.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, port), timeout=TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        connection = HTTPSConnection(name, timeout=TIMEOUT_SECONDS)
        connection.sock = secure
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status
