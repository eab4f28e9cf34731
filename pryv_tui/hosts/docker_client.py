"""A connection to a Docker Engine: the only module that imports `docker`, but for its errors."""

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
"""How long an engine may take for an answer; a stream may be silent for ever."""
_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


class DockerClient:
    """Asks an engine through Docker's SDK, and tells what goes wrong in our words.

    It connects when it is first asked.

    Args:
        url: `unix://…`, `tcp://…`, `ssh://…`; None takes what `docker` itself would.
    """

    def __init__(self, url: str | None = None) -> None:
        self._problem: PryvTuiError | None = None
        try:
            self._endpoint = find_endpoint(url, os.environ)
        except PryvTuiError as error:
            # Told when the engine is asked: until then nobody needs it.
            self._endpoint, self._problem = Endpoint(url="docker context"), error
        self.url = self._endpoint.url
        self._clients: dict[bool, Any] = {}
        self._lock = threading.Lock()

    @property
    def is_here(self) -> bool:
        """Whether the engine is reached by a socket of this machine: a pid that it tells may then
        mean something here."""
        return self.url.startswith("unix:")

    def clock(self) -> float:
        """The engine's own time, in seconds since 1970.

        Raises:
            PryvTuiError: `step-failed` where it tells none that can be read.
        """
        told = str(self.call(lambda api: api.info()).get("SystemTime", ""))
        try:
            # Nanoseconds, which are more than fromisoformat reads.
            moment = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", told))
        except ValueError as error:
            what = f"the engine at {self.url} tells no time that can be read: {told!r}"
            raise PryvTuiError("step-failed", what) from error
        return moment.timestamp()

    def call(self, ask: Callable[[Any], _T], container: str = "", *, endless: bool = False) -> _T:
        """Ask the engine, errors in our words.

        Args:
            endless: for streams, which may be silent for longer than any answer may take: influxd
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
        """A stream's items; what goes wrong on the way is told in our words too."""
        try:
            yield from stream
        except PryvTuiError:
            raise
        except Exception as error:
            raise translate(error, self.url, container) from error

    def _connect(self, seconds: int | None) -> Any:
        """A connection to the engine.

        Args:
            seconds: how long it may be silent; None: for ever.
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
            """Judges the engine's certificate as `docker` does: the environment's bundles of
            authorities (`REQUESTS_CA_BUNDLE`) are meant for other programs."""

            def merge_environment_settings(self, *words: Any, **more: Any) -> Any:
                settings = super().merge_environment_settings(*words, **more)
                return {**settings, "verify": self.verify}

        # The machine's own ssh knows the user's keys, agent and host names, as `docker` does.
        return Client(
            base_url=self.url,
            version="auto",
            timeout=seconds,  # type: ignore[arg-type]
            tls=tls,
            use_ssh_client=self.url.startswith("ssh:"),
        )
