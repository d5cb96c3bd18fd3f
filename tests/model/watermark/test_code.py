import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.watermark.code import BANDS, CHIPS, CODED_BITS, KEY_BYTES, Payload, SignTable, decode, encode

NUMBERS = st.integers(0, 0xFFFF)


@given(NUMBERS, NUMBERS)
def test_what_was_encoded_is_read_back(server: int, day: int) -> None:
    payload = Payload(server, day)
    assert decode(1.0 - 2 * encode(payload)) == payload


def test_a_payload_is_read_through_noise_stronger_than_itself() -> None:
    draw, payload = np.random.default_rng(1), Payload(4711, 20_422)
    coded = 1.0 - 2 * encode(payload)
    heard = [decode(coded + draw.normal(0, 0.8, CODED_BITS)) for _ in range(20)]
    assert heard.count(payload) >= 19
    assert all(each in {payload, None} for each in heard)


def test_noise_says_nothing() -> None:
    draw = np.random.default_rng(2)
    assert all(decode(draw.normal(size=CODED_BITS)) is None for _ in range(50))


def test_half_of_the_signs_are_the_keys_alone_and_the_others_carry_every_bit_as_often() -> None:
    table = SignTable(bytes(KEY_BYTES))
    one, other = table.of(Payload(0, 0)), table.of(Payload(0xFFFF, 1))
    assert (one == other)[table.pilot].all()
    assert not (one == other)[~table.pilot].all()
    assert table.pilot.sum() == CHIPS * BANDS // 2
    each = np.bincount(table.bit[~table.pilot], minlength=CODED_BITS)
    assert each.max() - each.min() <= 1


def test_signs_of_two_keys_agree_as_often_as_coins() -> None:
    one, other = (SignTable(bytes([number]) * KEY_BYTES).signs for number in (1, 2))
    agree = float((one == other).mean())
    assert abs(agree - 0.5) < 4 * 0.5 / np.sqrt(CHIPS * BANDS)


@pytest.mark.parametrize("numbers", [(-1, 0), (0, 1 << 16)])
def test_a_payload_has_sixteen_bits_of_each(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="65535"):
        Payload(*numbers)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SignTable(b"secret")
