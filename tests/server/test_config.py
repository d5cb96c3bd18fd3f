from __future__ import annotations

from pathlib import Path

import pytest

from server.config import Config, ConfigError, default_voices_path, load


def test_without_anything_the_server_listens_on_loopback_only() -> None:
    config = load(None, {}, {})
    assert config == Config()
    assert config.loopback


def test_flags_win_over_the_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "oncue.toml"
    file.write_text('port = 1\nthreads = 2\nfamily = "file"\n')
    config = load(file, {"ONCUE_THREADS": "3", "ONCUE_FAMILY": "env"}, {"family": "flag", "device": None})
    assert (config.port, config.threads, config.family, config.device) == (1, 3, "flag", "cpu")


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "oncue.toml"
    file.write_text("port = 77\n")
    assert load(None, {"ONCUE_CONFIG": str(file), "PATH": "/bin"}, {}).port == 77


@pytest.mark.parametrize(
    "environ", [{"ONCUE_COLOUR": "red"}, {"ONCUE_PORT": "many"}, {"ONCUE_PORT": "70000"}, {"ONCUE_CONFIG": "/no/such"}]
)
def test_what_cannot_be_used_is_an_error_that_names_it(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        load(None, environ, {})


def test_an_unknown_key_in_the_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "oncue.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(ConfigError, match="prot"):
        load(file, {}, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_other_machines_are_let_in_only_with_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="token"):
        load(None, {}, {"host": host})
    assert load(None, {}, {"host": host, "token": "secret"}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_token(host: str) -> None:
    assert load(None, {}, {"host": host}).loopback


def test_origins_are_separated_by_commas() -> None:
    assert load(None, {"ONCUE_ORIGINS": "https://a.example,https://b.example"}, {}).origins[1] == "https://b.example"


def test_voices_are_kept_in_the_users_data_directory() -> None:
    assert default_voices_path({"XDG_DATA_HOME": "/data"}) == Path("/data/oncue/voices")
    assert Config(voices_dir="/v").voices_path == Path("/v")
