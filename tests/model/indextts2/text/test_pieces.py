"""Pieces and their spans, with the real library on a model trained here and with none at all."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from sentencepiece import SentencePieceTrainer

from oncue.model.indextts2.text.pieces import SentencePieceFile, places, tokenise
from oncue.model.indextts2.text.spelling import spell
from tests.model.indextts2.words import WordPieces

LINES = ["你 好 ,WORLD.", "HELLO WORLD", "今 天 DE5 天 气 很 好 !", "WORDS AND MORE WORDS", "他 说 ' 走 '"] * 8


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> SentencePieceFile:
    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(LINES),
        model_writer=written,
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        bos_id=0,
        eos_id=1,
        unk_id=2,
        pad_id=-1,
        user_defined_symbols=["DE5"],
        num_threads=1,
    )
    path = tmp_path_factory.mktemp("pieces") / "bpe.model"
    path.write_bytes(written.getvalue())
    return SentencePieceFile(path)


def test_tokens_of_a_trained_model_cover_the_source_they_stand_for(trained: SentencePieceFile) -> None:
    text = "今天，HELLO de5天"
    tokens = tokenise(spell(text), trained)
    said = [(token.mark, text[token.char_start : token.char_end]) for token in tokens if token.mark]
    assert ("今", "今") in said
    assert (",", "，") in said
    assert ("DE5", "de5") in said
    assert all(2 < token.id < len(trained) for token in tokens)


def test_characters_without_a_piece_are_left_out(trained: SentencePieceFile) -> None:
    tokens = tokenise(spell("你鱻好"), trained)
    assert "鱻" not in "".join(token.piece for token in tokens)
    assert [token.mark for token in tokens if token.mark] == ["你", "好"]


def test_pieces_are_found_where_they_stand_though_the_library_wrote_them_otherwise() -> None:
    assert places(["▁AB", "C", "▁D"], "ABC D") == [(0, 2), (2, 3), (3, 5)]
    assert places(["▁A", "...", "▁B"], "A… B") == [(0, 1), (1, 2), (2, 4)]


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "bpe.model").write_bytes(b"not a model")
    with pytest.raises(ValueError, match=r"bpe\.model is not a SentencePiece model"):
        SentencePieceFile(tmp_path / "bpe.model")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"bpe\.model, are missing"):
        SentencePieceFile(tmp_path / "bpe.model")


def test_without_the_package_its_name_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ImportError, match="pip install sentencepiece"):
        SentencePieceFile(tmp_path / "bpe.model")


def test_a_piece_over_several_characters_spans_all_their_sources() -> None:
    text = "I have 1999 of them"
    tokens = tokenise(spell(text), WordPieces())
    spans = {token.mark: text[token.char_start : token.char_end] for token in tokens}
    assert (spans["NINETEEN"], spans["HAVE"], spans["THEM"]) == ("1999", "have", "them")


def test_marks_are_not_spoken() -> None:
    spoken = {token.mark: token.spoken for token in tokenise(spell("A, 好."), WordPieces())}
    assert spoken == {"A": True, ",": False, "好": True, ".": False}
