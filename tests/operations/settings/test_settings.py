"""Settings: the command line, else the environment, else the configuration file, else defaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.configuration import read_config
from pryv_tui.operations.settings.resolve import DEFAULT_VAULT, HostSettings, resolve_settings
from pryv_tui.operations.site import open_site

FILE = """\
domain = "pryv.example"
vault = "/file/vault"
state = "/file/state"

[[host]]
name = "co1"
docker = "unix:///file.sock"
root = "/file/root"
"""


def config(folder: Path, text: str = FILE) -> str:
    path = folder / "pryv-tui.toml"
    path.write_text(text)
    return str(path)


class TestPrecedence:
    env = {  # noqa: RUF012
        "PRYV_TUI_VAULT": "/env/vault",
        "PRYV_TUI_STATE": "/env/state",
        "DOCKER_HOST": "unix:///env.sock",
        "PRYV_CONF_ROOT": "/env/root",
    }

    def test_the_command_line_wins(self, tmp_path: Path) -> None:
        found = resolve_settings(
            root="/flag/root",
            docker="unix:///flag.sock",
            vault="/flag/vault",
            state="/flag/state",
            config=config(tmp_path),
            environment=self.env,
        )
        assert (found.vault, found.state) == ("/flag/vault", "/flag/state")
        assert found.hosts == (
            HostSettings(name="co1", docker="unix:///flag.sock", root="/flag/root"),
        )
        assert found.domain == "pryv.example"

    def test_then_the_environment(self, tmp_path: Path) -> None:
        found = resolve_settings(config=config(tmp_path), environment=self.env)
        assert (found.vault, found.state) == ("/env/vault", "/env/state")
        assert found.root_variable == "/env/root"

    def test_then_the_file(self, tmp_path: Path) -> None:
        found = resolve_settings(config=config(tmp_path), environment={})
        assert (found.vault, found.state) == ("/file/vault", "/file/state")
        assert found.hosts == (
            HostSettings(name="co1", docker="unix:///file.sock", root="/file/root"),
        )

    def test_then_the_defaults(self) -> None:
        found = resolve_settings(environment={})
        assert found.vault == DEFAULT_VAULT
        assert found.practice is None
        assert found.root_variable is None
        assert len(found.hosts) == 1
        assert (found.hosts[0].docker, found.hosts[0].root) == (None, None)

    @pytest.mark.parametrize(
        "name",
        [*("PRYV_TUI_VAULT", "PRYV_TUI_STATE", "PRYV_TUI_WORK"),
         *("PRYV_TUI_THEME", "PRYV_CONF_ROOT")],
    )  # fmt: skip
    @pytest.mark.parametrize("value", ["", " "])
    def test_an_empty_variable_is_an_error(self, name: str, value: str) -> None:
        """Who exports one that is empty means something, and not the default."""
        with pytest.raises(PryvTuiError, match=name) as caught:
            resolve_settings(environment={name: value})
        assert caught.value.exit == 2

    def test_docker_s_own_variable_too(self) -> None:
        """To docker an empty one is none: this machine's engine, where another one was meant."""
        with pytest.raises(PryvTuiError, match="DOCKER_HOST is empty"):
            resolve_settings(environment={"DOCKER_HOST": ""})

    @pytest.mark.parametrize("name", ["root", "docker", "practice", "vault", "state", "config"])
    def test_an_empty_option_is_an_error(self, name: str) -> None:
        with pytest.raises(PryvTuiError, match=f"--{name} is empty") as caught:
            resolve_settings(**{name: ""}, environment={})
        assert caught.value.exit == 2


@pytest.mark.parametrize("name", ["root", "vault", "state"])
def test_a_relative_path_is_the_callers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker of a run stands in another folder."""
    monkeypatch.chdir(tmp_path)
    found = resolve_settings(**{name: "here"}, environment={})
    value = found.hosts[0].root if name == "root" else getattr(found, name)
    assert value == str(tmp_path / "here")


def test_a_root_never_goes_up_again() -> None:
    assert resolve_settings(root="/tmp/..", environment={}).hosts[0].root == "/"
    assert resolve_settings(environment={"PRYV_CONF_ROOT": "/a/../b"}).root_variable == "/b"


class TestPractice:
    def test_vault_and_state_lie_beside_it(self, tmp_path: Path) -> None:
        found = resolve_settings(practice=str(tmp_path / "p"), environment=TestPrecedence.env)
        assert found.practice == str(tmp_path / "p")
        assert found.vault == str(tmp_path / "p-vault")
        assert found.state == str(tmp_path / "p-state")
        assert found.hosts == ()

    def test_but_the_command_line_wins(self, tmp_path: Path) -> None:
        found = resolve_settings(practice="p", vault="/v", state="/s", environment={})
        assert (found.vault, found.state) == ("/v", "/s")

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(PryvTuiError):
            open_site(resolve_settings(practice=str(tmp_path / "none"), environment={}))


class TestFile:
    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("vault = ", "pryv-tui.toml"),
            ("vault = 5", "vault"),
            ("volt = '/x'", "volt"),
            ("[[host]]\ndocker = 'x'", "name"),
            ("\udcff", "pryv-tui.toml"),
        ],
    )
    def test_a_file_that_can_not_be_used(self, tmp_path: Path, text: str, word: str) -> None:
        path = tmp_path / "pryv-tui.toml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(PryvTuiError) as caught:
            read_config(path)
        assert (caught.value.name, caught.value.exit) == ("config", 2)
        assert word in caught.value.what
        assert str(path) in caught.value.what

    def test_a_file_that_is_missing_or_a_folder(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.toml", tmp_path):
            with pytest.raises(PryvTuiError) as caught:
                read_config(path)
            assert caught.value.name == "config"

    @pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", ".."])
    def test_a_name_that_can_be_no_folder(self, tmp_path: Path, name: str) -> None:
        file = config(tmp_path, f"[[host]]\nname = '{name}'\nroot = '/a'\n")
        with pytest.raises(PryvTuiError) as caught:
            resolve_settings(config=file, environment={})
        assert caught.value.name == "config"

    def test_two_hosts_of_one_name(self, tmp_path: Path) -> None:
        file = config(tmp_path, "[[host]]\nname='a'\nroot='/a'\n[[host]]\nname='a'\nroot='/b'\n")
        with pytest.raises(PryvTuiError, match="same name") as caught:
            resolve_settings(config=file, environment={})
        assert caught.value.exit == 2

    def test_one_root_for_several_machines(self, tmp_path: Path) -> None:
        file = config(tmp_path, "[[host]]\nname='a'\nroot='/a'\n[[host]]\nname='b'\nroot='/b'\n")
        assert len(resolve_settings(config=file, environment={}).hosts) == 2
        for more in ({"root": "/x"}, {"docker": "unix:///x"}):
            with pytest.raises(PryvTuiError) as caught:
                resolve_settings(config=file, environment={}, **more)
            assert caught.value.name == "usage"

    def test_a_machine_of_several_without_a_root(self, tmp_path: Path) -> None:
        file = config(tmp_path, "[[host]]\nname='a'\nroot='/a'\n[[host]]\nname='b'\n")
        with pytest.raises(PryvTuiError, match="'b' has no root") as caught:
            resolve_settings(config=file, environment={})
        assert caught.value.name == "config"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users: needs root")
def test_a_configuration_in_the_home_of_whoever_became_root_is_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    file = home / "config.toml"
    file.write_text("domain = 'pryv.example'\n")
    for path in (home, file):
        os.chown(path, 4711, 4711)
    given = {"SUDO_UID": "4711", "SUDO_GID": "4711", "SUDO_USER": "admin"}
    assert resolve_settings(config=str(file), environment=given).domain == "pryv.example"
    with pytest.raises(PryvTuiError) as caught:
        resolve_settings(config=str(file), environment={})
    assert (caught.value.name, caught.value.exit) == ("not-private", 4)
