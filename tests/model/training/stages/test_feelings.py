"""Training of the linear reader."""

from __future__ import annotations

import re
from pathlib import Path

from oncue.model.text.emotion import plain_words
from oncue.model.text.ngrams import CLASSES
from oncue.model.training.stages.feelings import fit, framed, phrases

PHRASES = Path(__file__).resolve().parents[3] / "data" / "emotion_phrases.tsv"


def test_every_class_has_phrases_and_every_phrase_stands_bare_and_framed() -> None:
    rows = framed(seed=0)
    assert rows == framed(seed=0)
    for label, name in enumerate(CLASSES):
        said = {text for text, own in rows if own == label}
        assert {phrase.lower() for phrase in phrases(name)} <= said
        assert len(said) > 2 * len(phrases(name))


def test_a_small_training_set_is_learned() -> None:
    rows = [("叮叮咚咚", 0), ("咚咚", 0), ("ding dong", 0), ("噼里啪啦", 1), ("啪啦", 1), ("crackle pop", 1)]
    reader = fit([*rows, *((f"w{label}x", label) for label in range(2, len(CLASSES)))])
    assert all(int(reader.probabilities(text).argmax()) == label for text, label in rows)


def test_nothing_that_is_judged_by_is_trained_on_beside_the_words_of_the_lexicon() -> None:
    judged = [line.split("\t")[0].lower() for line in PHRASES.read_text("utf-8").splitlines() if line[0] != "#"]
    for name in CLASSES[:-1]:
        known = set(plain_words(name))
        for phrase in set(phrases(name)) - known:
            whole = re.compile(rf"\b{re.escape(phrase)}\b" if phrase.isascii() else re.escape(phrase))
            assert len(phrase) < 2 or not any(whole.search(text) for text in judged if text not in known), phrase
