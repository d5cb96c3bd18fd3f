from __future__ import annotations

from pathlib import Path

import pytest

from oncue.server.config import Config, ConfigError, default_voices_path, load


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


ENDPOINT = {"ONCUE_EMOTION_URL": "https://api.example/v1", "ONCUE_EMOTION_MODEL": "small"}


def test_feelings_stay_on_this_machine_unless_an_endpoint_is_named() -> None:
    assert load(None, {}, {}).emotion_url == ""
    config = load(None, ENDPOINT | {"ONCUE_EMOTION_KEY": "secret", "ONCUE_EMOTION_TIMEOUT_S": "0.8"}, {})
    assert (config.emotion_url, config.emotion_key, config.emotion_timeout_s) == (
        ENDPOINT["ONCUE_EMOTION_URL"],
        "secret",
        0.8,
    )
    assert load(None, {"ONCUE_EMOTION_LOCAL": "false"}, {}).emotion_local is False


def test_the_key_of_an_endpoint_is_never_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "oncue.toml"
    file.write_text('emotion_key = "secret"\n')
    with pytest.raises(ConfigError, match="ONCUE_EMOTION_KEY") as raised:
        load(file, {}, {})
    assert '"secret"' not in str(raised.value)


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"ONCUE_EMOTION_MODEL": ""}, "emotion_model"),
        ({"ONCUE_EMOTION_URL": "api.example/v1"}, "emotion_url"),
        ({"ONCUE_EMOTION_URL": "file:///etc/passwd"}, "emotion_url"),
        ({"ONCUE_EMOTION_DIR": "/models/qwen"}, "not both"),
        ({"ONCUE_EMOTION_URL": "http://10.0.0.7/v1", "ONCUE_EMOTION_KEY": "secret"}, "https"),
        ({"ONCUE_EMOTION_TIMEOUT_S": "0"}, "emotion_timeout_s"),
    ],
)
def test_an_endpoint_that_cannot_be_asked_safely_is_an_error(environ: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word) as raised:
        load(None, ENDPOINT | environ, {})
    assert "secret" not in str(raised.value)


def test_a_key_may_be_told_to_this_machine_without_encryption() -> None:
    local = {"ONCUE_EMOTION_URL": "http://127.0.0.1:11434/v1", "ONCUE_EMOTION_KEY": "secret"}
    assert load(None, ENDPOINT | local, {}).emotion_key == "secret"
