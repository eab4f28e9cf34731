"""The engine of a drill: it refuses all containers and networks that are not the drill's own.

A restore acts only through an `Engine`, and makes and removes containers only through a `Maker`. In
a drill both come from this module. So no mistake in a plan, in a set or of a person can make a step
act on the live platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import (
    NO_RESTART,
    CancelToken,
    Container,
    Engine,
    EngineEvent,
    EngineInfo,
    Mount,
    OutputSink,
)
from pryv_tui.hosts.sandbox import labels
from pryv_tui.hosts.sandbox.inside import lies_in
from pryv_tui.hosts.sandbox.making import (
    Made,
    MadeNetwork,
    Maker,
    Network,
    Surroundings,
    Wanted,
)


class DrillEngine:
    """The containers of one drill on one machine of its set; implements `hosts.engine.Engine`.

    Args:
        engine: the machine's engine. It is asked only about the drill's own containers.
        drill: the drill's id.
        names: the names of the drill's containers; all others are refused.
        folder: the sandbox's folder.
    """

    def __init__(self, engine: Engine, drill: str, names: Iterable[str], folder: str) -> None:
        self._engine = engine
        self._drill = drill
        self._names = frozenset(names)
        self._folder = folder

    @property
    def url(self) -> str:
        return self._engine.url

    def info(self) -> EngineInfo:
        return self._engine.info()

    def clock(self) -> float:
        return self._engine.clock()

    def containers(self) -> list[Container]:
        return self._of_the_drill(self._engine.containers())

    def glance(self) -> list[Container]:
        return self._of_the_drill(self._engine.glance())

    def _of_the_drill(self, every: Iterable[Container]) -> list[Container]:
        # Without the drill's labels: code that looks at a platform leaves out containers with
        # these.
        return [
            msgspec.structs.replace(
                one,
                labels={k: v for k, v in one.labels.items() if k not in labels.ALL},
                known_as=one.labels.get(labels.SERVICE, ""),
            )
            for one in every
            if one.name in self._names and labels.drill_of(one.labels) == self._drill
        ]

    def exec(
        self,
        container: str,
        argv: Sequence[str],
        *,
        on_output: OutputSink,
        cancel: CancelToken | None = None,
        environment: Mapping[str, str] | None = None,
        begun: Callable[[str], None] | None = None,
    ) -> int:
        return self._engine.exec(
            self._own(container),
            argv,
            on_output=on_output,
            cancel=cancel,
            environment=environment,
            begun=begun,
        )

    def end_exec(self, container: str, program: str) -> bool:
        return self._engine.end_exec(self._own(container), program)

    def processes(self, container: str) -> list[str]:
        return self._engine.processes(self._own(container))

    def shows(self, container: str, mount: Mount) -> bool | None:
        return self._engine.shows(self._own(container), mount)

    def former(self, container: str, mount: Mount) -> str:
        return self._engine.former(self._own(container), mount)

    def address(self, container: str) -> str:
        return self._engine.address(self._own(container))

    def ends_at(self, container: str, address: str, port: int) -> bool:
        return self._engine.ends_at(self._own(container), address, port)

    def start(self, container: str) -> None:
        """Start a container, if all its mounts are still in the sandbox when links are followed.

        The engine follows symbolic links when it starts a container, and the set may have some.
        """
        name = self._own(container)
        found = next((one for one in self.containers() if one.name == name), None)
        for mount in found.mounts if found is not None else ():
            if not lies_in(mount.source, self._folder):
                raise PryvTuiError(
                    "not-isolated",
                    f"{name} is not started: it mounts {mount.source}, where a symbolic link of the"
                    f" set leads out of the sandbox {self._folder}",
                )
        self._engine.start(name)

    def stop(self, container: str, *, timeout: int | None = None) -> None:
        self._engine.stop(self._own(container), timeout=timeout)

    def set_restart_policy(self, container: str, policy: str) -> None:
        """Set the restart policy `no`. Any other policy raises `not-isolated`."""
        name = self._own(container)
        if policy != NO_RESTART:
            raise PryvTuiError(
                "not-isolated", f"{name} belongs to a drill: nothing may start it by itself"
            )
        self._engine.set_restart_policy(name, policy)

    def pause(self, container: str) -> None:
        self._engine.pause(self._own(container))

    def unpause(self, container: str) -> None:
        self._engine.unpause(self._own(container))

    def ask(self, container: str, name: str, path: str) -> int:
        return self._engine.ask(self._own(container), name, path)

    def logs(
        self,
        container: str,
        *,
        tail: int | None = 500,
        follow: bool = False,
        since: float | None = None,
    ) -> Iterator[bytes]:
        return self._engine.logs(self._own(container), tail=tail, follow=follow, since=since)

    def events(self) -> Iterator[EngineEvent]:
        return (event for event in self._engine.events() if event.container in self._names)

    def _own(self, container: str) -> str:
        """Return the name, if it is one of the drill's containers.

        Raises:
            PryvTuiError: `not-isolated`.
        """
        if container not in self._names:
            raise PryvTuiError(
                "not-isolated",
                f"{container} is not a container of the drill {self._drill}, so it is not touched",
            )
        return container


class DrillMaker:
    """Makes and removes the containers and networks of one drill; implements `making.Maker`.

    Args:
        maker: the engine's own maker.
        drill: the drill's id.
        folder: the sandbox's folder.
    """

    def __init__(self, maker: Maker, drill: str, folder: str) -> None:
        self._maker = maker
        self._drill = drill
        self._folder = folder

    def image(self, *names: str) -> str:
        return self._maker.image(*names)

    def make(self, wanted: Wanted) -> None:
        self._own(wanted.name, wanted.drill)
        for joined in wanted.joins:
            self._own(joined.network, self._drill)
        if wanted.folder != self._folder:
            raise PryvTuiError(
                "not-isolated", f"{wanted.folder} is not the sandbox of the drill {self._drill}"
            )
        self._maker.make(wanted)

    def made(self) -> list[Made]:
        return [one for one in self._maker.made() if one.drill == self._drill]

    def remove(self, name: str, drill: str) -> None:
        self._maker.remove(self._own(name, drill), drill)

    def make_network(self, network: Network) -> None:
        self._own(network.name, network.drill)
        self._maker.make_network(network)

    def made_networks(self) -> list[MadeNetwork]:
        return [one for one in self._maker.made_networks() if one.drill == self._drill]

    def remove_network(self, name: str, drill: str) -> None:
        self._maker.remove_network(self._own(name, drill), drill)

    def surroundings(self) -> Surroundings:
        return self._maker.surroundings()

    def _own(self, name: str, drill: str) -> str:
        """Return the name, if this drill may use it.

        Raises:
            PryvTuiError: `not-isolated`.
        """
        if drill != self._drill or not name.startswith(f"{labels.PREFIX}{self._drill}_"):
            raise PryvTuiError(
                "not-isolated",
                f"{name} does not belong to the drill {self._drill}, so it is not touched",
            )
        return name
