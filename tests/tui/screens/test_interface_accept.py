"""A warning accepted by key where it is shown: asked first, written down, a note from then on."""

from __future__ import annotations

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.widgets.panes import Pane
from tests.tui.driving import Operator, opened

KEY = "down/single/pryvio_mfa"


def levels(operator: Operator) -> dict[str, str]:
    screen = operator.app.screen_stack[1]
    assert isinstance(screen, OverviewScreen) and screen.overview is not None
    return {item.key: item.level for item in screen.overview.attention}


async def test_a_stopped_container_is_accepted_and_warned_of_when_it_changes(
    settings: Settings, platform: PracticePlatform
) -> None:
    (host,) = platform.hosts
    host.engine.stop("pryvio_mfa")
    site = open_site(settings)
    async with opened(settings, size=(100, 30)) as operator:
        assert "press A" in operator.page.query_one("#attention", Pane).plain
        await operator.keys("A")
        await operator.on("AcceptScreen")
        await operator.sees(KEY)
        await operator.keys("enter")
        await operator.sees("Accept it as it is")
        await operator.keys("enter")  # No has the focus
        await operator.sees("Nothing was done.")
        assert site.accepted.known() == []
        await operator.keys("enter")
        await operator.sees("Accept it as it is")
        await operator.keys("right", "enter")
        await operator.sees("accepted by")
        assert [one.key for one in site.accepted.known()] == [KEY]
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.until(lambda: levels(operator).get(KEY) == "info", "the note")
        assert "accepted by" in operator.page.query_one("#attention", Pane).plain
        await operator.keys("A")
        await operator.sees("is to be accepted")
        await operator.on("OverviewScreen")


async def test_data_that_was_erased_on_purpose_is_accepted_with_a_reason(
    settings: Settings, platform: PracticePlatform
) -> None:
    data = platform.folder / "hosts/single/root/pryv/mongodb/data"
    for path in data.iterdir():
        path.unlink()
    site = open_site(settings)
    key = "gone/single/core"
    async with opened(settings, size=(80, 24)) as operator:
        assert levels(operator).get(key) == "failed"
        await operator.keys("A")
        await operator.on("AcceptScreen")
        await operator.sees(key)
        await operator.keys("enter")
        await operator.sees("Accept it as it is")
        await operator.sees("Why")
        # Enter in the field leads to the button that does nothing.
        await operator.keys("shift+tab", *"begun anew", "enter")
        await operator.keys("enter")
        await operator.sees("Nothing was done.")
        assert site.accepted.known() == []
        await operator.keys("enter")
        await operator.sees("Accept it as it is")
        # What was typed is there still.
        await operator.sees("begun anew")
        await operator.keys("right", "enter")
        await operator.sees("accepted by")
        (said,) = site.accepted.known()
        assert (said.key, said.why) == (key, "begun anew") and said.who is not None
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.until(lambda: levels(operator).get(key) == "info", "the note")
        assert "begun anew" in operator.page.query_one("#attention", Pane).plain
