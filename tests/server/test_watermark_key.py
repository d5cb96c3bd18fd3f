from pathlib import Path

import pytest

from oncue.server.config import Config, ConfigError
from oncue.server.from_config import watermark
from oncue.server.watermark_key import WatermarkKeyError, load, load_or_make


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "oncue" / "watermark.json"
    made = load_or_make(path)
    assert load_or_make(path) == made == load(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["watermark.json"]


def test_two_servers_make_different_keys(tmp_path: Path) -> None:
    assert load_or_make(tmp_path / "a.json").key != load_or_make(tmp_path / "b.json").key


@pytest.mark.parametrize("text", ["", "{}", '{"key":"00","server":1}', '{"key":"' + "0" * 64 + '","server":70000}'])
def test_a_damaged_file_is_never_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "watermark.json"
    path.write_text(text)
    with pytest.raises(WatermarkKeyError, match="restore it"):
        load_or_make(path)
    assert path.read_text() == text


def test_a_key_that_cannot_be_kept_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WatermarkKeyError, match="watermark_file"):
        load_or_make(tmp_path / "file" / "watermark.json")


def test_the_key_lies_beside_the_voices_unless_it_is_named_and_the_mark_can_be_turned_off(tmp_path: Path) -> None:
    config = Config(voices_dir=str(tmp_path / "voices"))
    assert watermark(config) == load(tmp_path / "watermark.json")
    assert watermark(Config(watermark=False, voices_dir=str(tmp_path / "other" / "voices"))) is None
    assert not (tmp_path / "other").exists()
    (tmp_path / "mine").write_text("?")
    with pytest.raises(ConfigError, match="cannot be read"):
        watermark(Config(watermark_file=str(tmp_path / "mine")))
