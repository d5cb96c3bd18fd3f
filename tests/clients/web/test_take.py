from __future__ import annotations

from tests.clients.web.modules import evaluate


def word(text: str, start: int, end: int) -> dict[str, object]:
    return {"kind": "word", "text": text, "char_start": 0, "char_end": 1, "start": start, "end": end, "value": None}


def test_samples_join_and_a_gap_between_them_is_an_error() -> None:
    got = evaluate(
        "take.js",
        """
        const take = new m.Take("a", 100);
        for (let i = 0; i < 50; i += 1) take.append(100 * i, new Float32Array(100).fill(i));
        let refused = null;
        try { take.append(4999, new Float32Array(1)); } catch (error) { refused = error.name; }
        return { length: take.length, first: take.samples[99], last: take.samples[4999], refused };
        """,
    )
    assert got == {"length": 5000, "first": 0, "last": 49, "refused": "RangeError"}


def test_peaks_are_those_of_the_samples_however_they_came() -> None:
    got = evaluate(
        "take.js",
        """
        const samples = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i * i) * (i / 1000));
        const cut = (sizes) => {
          const take = new m.Take("a", 1000);
          let at = 0;
          for (let i = 0; at < 1000; i += 1) {
            const size = Math.min(sizes[i % sizes.length], 1000 - at);
            take.append(at, samples.slice(at, at + size));
            at += size;
          }
          return [0, 128, 500, 896].map((from) => take.range(from, from + 128).map((value) => value.toFixed(5)));
        };
        const whole = cut([1000]);
        const bin = samples.subarray(128, 256);
        return { same: [cut([1]), cut([7, 130, 3])].every((other) => JSON.stringify(other) === JSON.stringify(whole)),
                 first: whole[1], true: [Math.min(...bin).toFixed(5), Math.max(...bin).toFixed(5)] };
        """,
    )
    assert got["same"]
    assert got["first"] == got["true"]


def test_the_word_that_sounds_is_the_one_whose_time_it_is() -> None:
    marks = {"marks": [word("a", 10, 20), word("b", 20, 30), word("c", 50, 60)], "mouth": None}
    got = evaluate(
        "take.js",
        """
        const take = new m.Take("a b c", 100);
        take.addMarks(given);
        take.addMarks({ marks: [given.marks[2]], mouth: null });
        return [[0, 10, 19, 20, 45, 50, 99].map((at) => take.wordAt(at)?.text ?? ""), take.words.length, take.wordIndex(45)];
        """,
        marks,
    )
    assert got == [["", "a", "a", "b", "", "c", ""], 3, 1]


def test_the_mouth_moves_between_measurements_and_is_shut_outside_the_line() -> None:
    got = evaluate(
        "take.js",
        """
        const take = new m.Take("a", 100);
        take.append(0, new Float32Array(40));
        take.addMarks({ marks: [], mouth: { start: 0, step: 20, values: [0, 1] } });
        return [-1, 0, 10, 20, 40, 500].map((at) => take.mouthAt(at));
        """,
    )
    assert got == [0, 0, 0.5, 1, 0, 0]


def test_a_take_is_complete_only_with_all_its_samples() -> None:
    got = evaluate(
        "take.js",
        """
        const take = new m.Take("a", 100);
        take.append(0, new Float32Array(40));
        return [["complete", 40], ["complete", 41], ["cancelled", 40]].map(([reason, samples]) => {
          take.done = { reason, samples };
          return take.complete;
        });
        """,
    )
    assert got == [True, False, False]
