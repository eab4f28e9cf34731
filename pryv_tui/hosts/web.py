"""One question to a web server at a known address, whatever the name servers say."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from pryv_tui.errors import PryvTuiError

TIMEOUT_SECONDS = 5.0


def ask_https(doors: Sequence[tuple[str, int]], name: str, path: str) -> int:
    """The status with which the first door that can be reached answers `https://<name><path>`.

    Args:
        doors: addresses and ports, asked in this order.
        name: goes into the TLS handshake and the `Host` line.

    Raises:
        PryvTuiError: `step-failed` when none of them answers.
    """
    # HTTP takes a good part of the program's start, and few commands ask a service.
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

    # Whether it answers is asked, not whether its certificate is good: that one may be expired on
    # the very day of a restore, and the data is back all the same.
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
