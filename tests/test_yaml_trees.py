"""YAML from elsewhere: a tree, or a named refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.decoding import Undecodable
from pryv_tui.hosts.discovery import read_domain
from pryv_tui.operations.root.compose_files import read_compose
from pryv_tui.yaml_trees import decode_yaml

BOMB = b"a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (at, at, b", ".join([b"*a%d" % (at - 1)] * 9)) for at in range(1, 9)
)
HOSTILE = {
    "bomb": BOMB,
    "holds itself": b"a: &a [*a]",
    "holds itself, as a mapping": b"a: &a {b: {c: *a}}",
    "deep": b"[" * 100_000,
    "deep and closed": b"[" * 70 + b"]" * 70,
    "deep, by lines": b"- " * 50_000,
    "deep keys": b"? " * 50_000,
    "no character": b'a: "\\UFFFFFFFF"',
    "no text": b"\xff\xfe\x00\xff",
    "many": b"k: v\n" * 50_001,
    "cut off": b"a: {b: [c",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_can_not_be_read_is_refused(name: str) -> None:
    with pytest.raises(Undecodable):
        decode_yaml(HOSTILE[name])


def test_what_compose_and_the_platform_write_is_read() -> None:
    text = b"""
x-common: &common {restart: always, image: one}
services:
  core: {<<: *common, image: two, ports: !override ["80:80"]}
  gone: !reset null
  since: 2026-13-45
  quoted: "null"
  nothing: ~
"""
    common = {"restart": "always", "image": "one"}
    assert decode_yaml(text) == {
        "x-common": common,
        "services": {
            "core": {**common, "image": "two", "ports": ["80:80"]},
            "gone": None,
            "since": "2026-13-45",
            "quoted": "null",
            "nothing": None,
        },
    }
    assert decode_yaml(b"") is None


def platform_of(root: Path, content: bytes) -> None:
    path = root / "config-leader/conf/platform.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_a_date_that_is_none_is_no_reason_to_miss_the_domain(tmp_path: Path) -> None:
    platform_of(tmp_path, b"vars:\n  SINCE: 2026-02-31\n  DOMAIN: {value: example.org}\n")
    found = read_domain(tmp_path)
    assert found is not None
    assert found[0] == "example.org"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_domain_is_looked_for_elsewhere_then(tmp_path: Path, name: str) -> None:
    platform_of(tmp_path, HOSTILE[name])
    conf = tmp_path / "pryv/nginx/conf/site.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("server_name reg.example.org;")
    assert read_domain(tmp_path) == ("example.org", str(conf))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_compose_file_that_can_not_be_read_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "pryv/pryv.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(HOSTILE[name])
    (found,) = read_compose(tmp_path, environment={})
    assert "pryv/pryv.yml can't be read" in found.problem
    assert found.services == ()
