from __future__ import annotations

from tests.clients.web.modules import evaluate


def test_what_goes_in_comes_out_in_order_over_many_turns() -> None:
    got = evaluate(
        "ring.js",
        """
        const ring = new m.Ring(7);
        const out = [];
        let next = 0;
        for (let turn = 0; turn < 200; turn += 1) {
          const count = Math.min(ring.space, (turn * 5) % 4);
          ring.push(Float32Array.from({ length: count }, () => next++));
          const block = new Float32Array((turn * 3) % 5);
          out.push(...block.subarray(0, ring.read(block)));
        }
        const rest = new Float32Array(7);
        out.push(...rest.subarray(0, ring.read(rest)));
        return { out, next, left: ring.length };
        """,
    )
    assert got["out"] == list(range(got["next"]))
    assert got["next"] > 200
    assert got["left"] == 0


def test_more_than_there_is_room_for_is_refused_whole() -> None:
    got = evaluate(
        "ring.js",
        """
        const ring = new m.Ring(4);
        ring.push(new Float32Array(3));
        try { ring.push(new Float32Array(2)); } catch (error) { return [error.name, ring.length]; }
        """,
    )
    assert got == ["RangeError", 3]
