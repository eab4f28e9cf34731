"""Collections that the tools treat in a way of their own: views, empty ones, names with a `$`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bson
import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.stores.mongodb import MongoDB, RestoreWords
from pryv_tui.platform.layout import resolve_layout
from tests.hosts.machines import machine
from tests.operations.kit import TellingEngine, context, host_state, platform_of, telling
from tests.operations.stores.mongodb_said import HELD, RESTORE_OK, dumped, sending

LAYOUT = resolve_layout(("core",), "/var/pryv", {})


def dumping(folder: Path, server: str) -> RunContext:
    """A machine whose mongodump dumps `events` alone, whatever its server says that it has."""
    root = folder / "root"
    backup = root / "pryv/mongodb/backup/pryv-node"

    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        if argv[0].endswith("/mongo"):
            return 0, server + "\n", ""
        if "--collection" in argv:
            return 1, "", "x	collection name cannot contain a '$'\n"
        backup.mkdir(parents=True, exist_ok=True)
        (backup / "events.bson").write_bytes(bson.encode({"_id": 1}))
        (backup / "events.metadata.json").write_text('{"indexes": []}')
        return 0, "", "x	done dumping pryv-node.events (1 document)\n"

    host = telling("core", "core", answer, root=root)
    state = host_state("core", "core", root=str(root))
    state = msgspec.structs.replace(state, containers=tuple(machine("core")))
    return context(folder, host, deployment=platform_of(state))[0]


def test_a_view_that_mongodump_leaves_out_is_told(tmp_path: Path) -> None:
    """A `$` in its name: what it shows is in the set, what it is would be lost without a word."""
    ctx = dumping(tmp_path, '{"collections": {"events": "collection", "a$v": "view"}}')
    MongoDB().dump(ctx, "core")
    (warning,) = ctx.facts.warnings
    assert "the view 'a$v'" in warning


@pytest.mark.parametrize(
    ("held", "live"),
    [({**HELD, "webhooks": 0}, HELD), (HELD, {**HELD, "webhooks": 0})],
    ids=["not made by the tool", "made by somebody else"],
)
def test_an_empty_collection_too_few_or_too_many_is_no_failed_restore(
    tmp_path: Path, held: dict[str, int], live: dict[str, int]
) -> None:
    """Each document is back: that is no reason to keep a platform down."""
    ctx, heard = context(tmp_path, sending(live))
    MongoDB().compare(ctx, "core", {"collections": held})
    assert any("'webhooks'" in text for _level, text in heard.notes)


def test_a_document_too_many_is_still_a_failed_restore(tmp_path: Path) -> None:
    ctx, _heard = context(tmp_path, sending({**HELD, "webhooks": 1}))
    with pytest.raises(PryvTuiError, match="webhooks: the set holds none"):
        MongoDB().compare(ctx, "core", {"collections": HELD})


@pytest.mark.parametrize("there", [False, True])
def test_what_mongorestore_passed_over_for_its_name_is_restored_by_itself(
    tmp_path: Path, there: bool
) -> None:
    words = RESTORE_OK.replace("1242 doc", "1244 doc") if there else RESTORE_OK
    back = sending({}, hidden={"a$b": 2} if there else {})
    engine: TellingEngine = back.engine  # type: ignore[assignment]
    sends = engine.exec

    def restoring(container: str, argv: Sequence[str], **more: object) -> int:
        if not argv[0].endswith("mongorestore"):
            return sends(container, argv, **more)  # type: ignore[arg-type]
        engine.asked.append((container, list(argv)))
        more["on_output"]("stderr", words.encode())  # type: ignore[operator]
        return 0

    engine.exec = restoring  # type: ignore[method-assign]
    ctx, _heard = context(tmp_path, back)
    held = {"collections": {**HELD, **({"a$b": 2} if there else {"a$b": 0})}}
    MongoDB().restore(ctx, "core", LAYOUT, held)
    alone = [argv for _, argv in engine.asked if "mongorestore" in argv[0] and "a$b" in argv]
    assert len(alone) == (0 if there else 1)
    if alone:
        assert alone[0][1:] == ["-d", "pryv-node", "--collection", "a$b", alone[0][-1]]
        assert alone[0][-1].endswith("/pryv-node/a$b.bson")


@pytest.mark.parametrize(
    "space",
    [
        r'"pryv-node.a\ab"',
        r'"pryv-node.a\vb"',
        r'"pryv-node.\U000e0001"',
        '"pryv-node.any',
        "'pryv-node.any'",
        "\u201cpryv-node.any\u201d",
        "<pryv-node.any>",
        "pryv-node/any",
    ],
)
def test_quotes_and_escapes_that_nobody_knows_are_a_note(space: str) -> None:
    """Of Go: bells, vertical tabs, characters beyond 16 bits; and whatever comes next."""
    said = dumped(f"x	done dumping {space} (3 documents)\n")
    assert said.compare({"any": 3}) == [
        ("mongodump said nothing that this program understands about 'any'")
    ]
    words = RestoreWords()
    words("stderr", f"x	finished restoring {space} (3 documents, 0 failures)")
    words("stderr", "x	3 document(s) restored successfully. 0 document(s) failed to restore.")
    assert words.judge(0, {"any": 3}) == [
        ("mongorestore said nothing that this program understands about 'any'")
    ]
    with pytest.raises(PryvTuiError, match="any"):
        words.judge(0, {"any": 4})


@pytest.mark.parametrize(
    "name", ["events.metadata", "a.metadata.json", "x.bson", "x (3 documents)", "-d", "prelude"]
)
def test_names_that_look_like_the_tools_own_words_are_names(tmp_path: Path, name: str) -> None:
    from pryv_tui.formats.bson_files import file_stem, read_dump

    (tmp_path / f"{file_stem(name)}.bson").write_bytes(bson.encode({"_id": 1}) * 2)
    (tmp_path / f"{file_stem(name)}.metadata.json").write_text('{"indexes": []}')
    (tmp_path / "prelude.json").write_text("{}")
    assert read_dump(tmp_path).counts == {name: 2}
    said = dumped(f"x	done dumping `pryv-node.{name}` (2 documents)\n")
    assert said.compare({name: 2}) == []


HELP = "  -j, --numParallelCollections=<number>   number of collections\n"
INSERTS = "      --numInsertionWorkersPerCollection=<number>   concurrently (1 by default)\n"


@pytest.mark.parametrize(
    ("code", "listed", "left"),
    [(0, HELP + INSERTS, 2), (0, HELP, 1), (0, "", 0), (1, "unknown option: --help\n", 0)],
    ids=["today's tools", "without one of them", "an old one", "one without help"],
)
def test_mongorestore_gets_the_options_alone_that_it_has(
    tmp_path: Path, code: int, listed: str, left: int
) -> None:
    """An unknown one would end it at once, when the root is replaced already."""

    def answer(argv: Sequence[str]) -> tuple[int, str, str]:
        return (code, listed, "") if "--help" in argv else (0, "", RESTORE_OK)

    ctx, heard = context(tmp_path, host := telling("core", "core", answer))
    MongoDB().restore(ctx, "core", LAYOUT, {"collections": HELD}, 8)
    engine: Any = host.engine
    argv = engine.asked[-1][1]
    given = [word for word in argv if word.startswith("--")]
    both = ["--numParallelCollections=8", "--numInsertionWorkersPerCollection=8"]
    assert given == both[:left]
    assert len([text for _level, text in heard.notes if "is run without" in text]) == 2 - left


def test_mongorestore_is_not_asked_for_options_where_none_is_configured(tmp_path: Path) -> None:
    host = telling("core", "core", lambda _argv: (0, "", RESTORE_OK))
    ctx, _heard = context(tmp_path, host)
    MongoDB().restore(ctx, "core", LAYOUT, {"collections": HELD})
    engine: Any = host.engine
    assert [argv[0].rpartition("/")[2] for _, argv in engine.asked] == ["mongorestore"]
    assert len(engine.asked[0][1]) == 2
