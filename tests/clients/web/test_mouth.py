from __future__ import annotations

from tests.clients.web.modules import evaluate

VISEMES = ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"]


def test_every_viseme_has_a_shape() -> None:
    assert sorted(evaluate("mouth.js", "return Object.keys(m.SHAPES);")) == sorted(VISEMES)


def test_a_shut_mouth_has_no_opening_and_a_wider_one_is_taller() -> None:
    got = evaluate(
        "mouth.js",
        """
        const tall = (path) => { const ys = path.match(/-?[0-9.]+/g).map(Number).filter((_, i) => i % 2); return Math.max(...ys) - Math.min(...ys); };
        const shut = m.mouthPaths(0, "aa");
        return [shut.opening, tall(m.mouthPaths(0.3, "aa").lips) < tall(m.mouthPaths(0.9, "aa").lips), m.mouthPaths(7, "xx").lips === m.mouthPaths(1, "sil").lips];
        """,
    )
    assert got == ["", True, True]
