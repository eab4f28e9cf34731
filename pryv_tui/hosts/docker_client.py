"""A connection to a Docker Engine. Only this module imports `docker` (another its errors)."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_errors import translate
from pryv_tui.hosts.endpoint import Endpoint, find_endpoint

_T = TypeVar("_T")
ANSWER_SECONDS = 120
"""Seconds that an engine may take to answer; a stream may be silent for any time."""
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


class DockerClient:
    """Sends requests to an engine through Docker's SDK; errors come as `PryvTuiError`.

    It connects with the first request.

    Args:
        url: `unix://…`, `tcp://…`, `ssh://…`; None: the engine that `docker` itself would use.
    """

    def __init__(self, url: str | None = None) -> None:
        self._problem: PryvTuiError | None = None
        try:
            self._endpoint = find_endpoint(url, os.environ)
        except PryvTuiError as error:
            # Reported with the first request: until then nobody needs the engine.
            self._endpoint, self._problem = Endpoint(url="docker context"), error
        self.url = self._endpoint.url
        self._clients: dict[bool, Any] = {}
        self._lock = threading.Lock()

    @property
    def is_here(self) -> bool:
        """Whether the engine is reached by a socket of this machine.

        Then its pids may be pids of this machine.
        """
        return self.url.startswith("unix:")

    def clock(self) -> float:
        """The time on the engine's machine, in seconds since 1970.

        Raises:
            PryvTuiError: `step-failed` if the engine's answer can't be read as a time.
        """
        told = str(self.call(lambda api: api.info()).get("SystemTime", ""))
        try:
            # The engine gives nanoseconds; fromisoformat reads at most six digits.
            moment = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", told))
        except ValueError as error:
            what = f"the engine at {self.url} gives a time that can't be read: {told!r}"
            raise PryvTuiError("step-failed", what) from error
        return moment.timestamp()

    def call(self, ask: Callable[[Any], _T], container: str = "", *, endless: bool = False) -> _T:
        """Send a request to the engine, and return its answer; errors come as `PryvTuiError`.

        Args:
            ask: makes the request with the SDK's client that it is given.
            container: the container that the request is about, for errors; empty if none.
            endless: for streams, which may be silent for longer than an answer may take: influxd
                waits almost three minutes between two of its retries.
        """
        try:
            with self._lock:
                client = self._clients.get(endless)
                if client is None:
                    client = self._connect(None if endless else ANSWER_SECONDS)
                    self._clients[endless] = client
            return ask(client)
        except PryvTuiError:
            raise
        except Exception as error:
            raise translate(error, self.url, container) from error

    def items_of(self, stream: Any, container: str) -> Iterator[Any]:
        """Yield the items of a stream; its errors come as `PryvTuiError` too."""
        try:
            yield from stream
        except PryvTuiError:
            raise
        except Exception as error:
            raise translate(error, self.url, container) from error

    def _connect(self, seconds: int | None) -> Any:
        """Connect to the engine.

        Args:
            seconds: how long the engine may be silent; None: for any time.
        """
        if self._problem is not None:
            raise self._problem
        import docker
        from docker.tls import TLSConfig

        tls: Any = False
        if (told := self._endpoint.tls) is not None:
            tls = TLSConfig(
                client_cert=(told.cert, told.key) if told.cert else None,
                ca_cert=told.ca or None,
                verify=told.verify,
            )

        class Client(docker.APIClient):
            """Checks the engine's certificate as `docker` does.

            The CA bundles in the environment (`REQUESTS_CA_BUNDLE`) are meant for other programs,
            so they are ignored.
            """

            def merge_environment_settings(self, *words: Any, **more: Any) -> Any:
                settings = super().merge_environment_settings(*words, **more)
                return {**settings, "verify": self.verify}

        # The machine's own ssh has the user's keys, agent and host names, as for `docker`.
        return Client(
            base_url=self.url,
            version="auto",
            timeout=seconds,  # type: ignore[arg-type]
            tls=tls,
            use_ssh_client=self.url.startswith("ssh:"),
        )
