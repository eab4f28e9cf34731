"""A configuration of Redis is read within bounds, whatever it includes."""

from __future__ import annotations

from pryv_tui.formats import redis_conf
from pryv_tui.formats.redis_conf import read_conf


def test_what_is_included_counts() -> None:
    files = {"a.conf": "port 7000\ninclude b.conf\n", "b.conf": "dir /b\n"}
    found = read_conf("dir /a\ninclude a.conf\n", include=lambda name: files.get(name, ""))
    assert (found.first("port"), found.first("dir")) == ("7000", "/b")


def test_one_that_includes_itself_many_times_is_not_followed_for_ever() -> None:
    """Twenty times in each of eight files: 25 thousand million."""
    asked: list[str] = []

    def include(name: str) -> str:
        asked.append(name)
        return text

    text = "include" + " x.conf" * 20 + "\nport 7000\n"
    assert read_conf(text, include=include).first("port") == "7000"
    assert len(asked) <= redis_conf.MOST_FILES


def test_what_comes_after_a_megabyte_is_not_read() -> None:
    large = "# remark\n" * (redis_conf.MOST_LETTERS // 18)
    found = read_conf(
        "port 7000\ninclude" + " x.conf" * 60,
        include=lambda _name: large + "port 7001\n" if large else "",
    )
    assert found.first("port") == "7001", "the first of them is read"
    files = iter([large, large, large + "port 7002\n"])
    found = read_conf("port 7000\ninclude a b c", include=lambda _name: next(files))
    assert found.first("port") == "7000"


def test_a_word_of_a_megabyte_is_not_taken_apart_by_the_letter() -> None:
    word = "a" * (redis_conf.MOST_LETTERS - 100)
    assert read_conf(f"requirepass {word}").first("requirepass") == word
