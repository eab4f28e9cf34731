"""An operator of a real test platform: the program with a vault and a state folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journeys.program import Ended, pryv_tui
from tests.real.hurried import LOADED, PATIENT
from tests.real.testbed.platform import DOMAIN, RealPlatform


class Operator:
    """Runs the program against a platform, with a vault and a state folder of the test's own.

    Args:
        patient: it watches containers after each start for as long as it does for everybody.
    """

    def __init__(self, platform: RealPlatform, folder: Path, *, patient: bool = False) -> None:
        self.platform = platform
        self.patient = patient
        self.vault = folder / "vault"
        self.words: list[str] = ["--vault", str(self.vault), "--state", str(folder / "state")]
        if len(platform.machines) == 1:
            (machine,) = platform.machines
            self.words += ["--docker", machine.engine.url, "--root", str(machine.root)]
        else:
            config = folder / "config.toml"
            config.write_text(
                "".join(
                    f'[[host]]\nname = "{m.name}"\ndocker = "{m.engine.url}"\nroot = "{m.root}"\n\n'
                    for m in platform.machines
                )
            )
            self.words += ["--config", str(config)]

    def run(self, *words: object) -> Ended:
        return self.program(*words, *self.words)

    def program(self, *words: object, **environment: str) -> Ended:
        """Run it with these words alone."""
        module = "pryv_tui" if self.patient else "tests.real.hurried"
        loaded = PATIENT if self.patient else LOADED
        return pryv_tui(*words, timeout=400, module=module, loaded=loaded, **environment)

    def backup(self, *words: object) -> Ended:
        return self.run("backup", "--json", *words)

    def restore(self, *words: object) -> Ended:
        return self.run("restore", "latest", "--confirm", DOMAIN, "--json", *words)

    def only_set(self) -> dict[str, Any]:
        (found,) = self.run("list", "--json").json
        assert isinstance(found, dict)
        return found


def tail(done: Ended) -> str:
    """The end of what was printed, for a test that fails."""
    return done.out[-3000:] + done.err
