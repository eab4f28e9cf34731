"""Sets of a repository on the screen: where they are, fetched and sent by key, after a question."""

from __future__ import annotations

from pryv_tui.tui.screens.sets import SetsScreen
from pryv_tui.tui.widgets.panes import Pane
from tests.restic.kit import Offsite, in_step
from tests.restic.repositories import apart, needed
from tests.tui.driving import opened

pytestmark = [needed, apart]


async def test_a_set_is_sent_and_fetched_by_key(offsite: Offsite) -> None:
    assert offsite.run("backup", in_step("send-set")).outcome == "cancelled"
    (unsent,) = offsite.vault.sets()
    async with opened(offsite.settings) as operator:
        await operator.sees("on this machine alone")
        await operator.keys("s")
        await operator.on("SetsScreen")
        await operator.sees("▲ not sent")
        page = operator.page
        assert isinstance(page, SetsScreen)
        assert f"NOT SENT to {offsite.location}" in page.query_one("#details", Pane).plain
        # There is nothing to fetch: the key does nothing.
        await operator.keys("F")
        assert operator.page is page
        await operator.keys("S")
        await operator.on("Confirm")
        assert operator.focused == "no"
        assert offsite.snapshots() == []
        await operator.keys("tab", "enter")
        await operator.on("RunScreen")
        await operator.sees(f"The set {unsent.id} is in")
        assert [s["tags"][-1] for s in offsite.snapshots()] == [f"set:{unsent.id}"]
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.until(lambda: "not sent" not in operator.text, "the list of now")
        assert "a copy here" in page.query_one("#details", Pane).plain

    offsite.lose_machine()
    async with opened(offsite.settings) as operator:
        await operator.keys("s")
        await operator.on("SetsScreen")
        await operator.sees("✓ complete")
        page = operator.page
        await operator.until(
            lambda: "no copy here" in page.query_one("#details", Pane).plain, "the details"
        )
        for key in ("a", "f", "S"):  # they need its files, or one that was not sent
            await operator.keys(key)
            assert operator.page is page
        await operator.keys("v")
        await operator.on("RunScreen")
        await operator.sees("good. restic read all data")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.keys("g")
        await operator.on("TextScreen")
        await operator.sees("First fetch the set from")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.keys("F")
        await operator.on("Confirm")
        await operator.keys("tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("is now on this machine too")
    assert offsite.here() == [unsent.id]
