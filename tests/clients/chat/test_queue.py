from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.chat.queue import ChatMessage, Limits, SpeechQueue, Verdict

OPEN = Limits(waiting=1000, waiting_each=1000, oldest_s=0, repeat_s=0)


def texts(queue: SpeechQueue) -> list[str]:
    return [message.text for message in queue.waiting]


def test_the_more_important_goes_first_and_equals_in_the_order_they_came() -> None:
    queue = SpeechQueue(OPEN)
    for text, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)):
        queue.offer(ChatMessage("u", text, priority), 0)
    assert texts(queue) == ["b", "d", "a", "c", "e"]
    assert [taken.text for _ in range(5) if (taken := queue.take(0))] == ["b", "d", "a", "c", "e"]
    assert queue.take(0) is None


def test_a_person_has_only_so_many_waiting_but_money_counts_apart() -> None:
    queue = SpeechQueue(Limits(waiting_each=2))
    verdicts = [queue.offer(ChatMessage("Ann" if n % 2 else "ANN", f"{n}"), 0) for n in range(3)]
    assert verdicts == [Verdict.WAITS, Verdict.WAITS, Verdict.TOO_MANY]
    assert queue.offer(ChatMessage("Ann", "paid", 20, kind="paid"), 0) is Verdict.WAITS
    assert queue.offer(ChatMessage("Bob", "hello"), 0) is Verdict.WAITS


def test_a_person_waits_between_messages_and_repeats_nothing() -> None:
    queue = SpeechQueue(Limits(every_s=5, repeat_s=30))
    assert queue.offer(ChatMessage("u", "one"), 0) is Verdict.WAITS
    assert queue.offer(ChatMessage("u", "two"), 4) is Verdict.TOO_OFTEN
    assert queue.offer(ChatMessage("u", "one"), 6) is Verdict.REPEATED
    assert queue.offer(ChatMessage("v", "one"), 6) is Verdict.WAITS
    assert queue.offer(ChatMessage("u", "one"), 31) is Verdict.WAITS


def test_where_it_is_full_the_last_in_turn_gives_way_to_the_more_important() -> None:
    ledger: list[tuple[str, Verdict]] = []
    queue = SpeechQueue(Limits(waiting=2), lambda message, verdict: ledger.append((message.text, verdict)))
    queue.offer(ChatMessage("a", "first"), 0)
    queue.offer(ChatMessage("b", "second"), 0)
    assert queue.offer(ChatMessage("c", "third"), 0) is Verdict.FULL
    assert queue.offer(ChatMessage("d", "paid", 20, kind="paid"), 0) is Verdict.WAITS
    assert texts(queue) == ["paid", "first"]
    assert ("second", Verdict.PUSHED_OUT) in ledger


def test_what_has_waited_too_long_is_let_go_but_never_what_was_paid_for() -> None:
    queue = SpeechQueue(Limits(oldest_s=10))
    queue.offer(ChatMessage("a", "old"), 0)
    queue.offer(ChatMessage("b", "paid", kind="paid"), 0)
    queue.offer(ChatMessage("c", "new"), 8)
    assert [taken.text for _ in range(3) if (taken := queue.take(11))] == ["paid", "new"]


def test_messages_are_skipped_by_id_by_person_and_all_at_once() -> None:
    queue = SpeechQueue(OPEN)
    for user, text, identity in (("a", "1", "x"), ("a", "2", "y"), ("b", "3", ""), ("c", "4", "")):
        queue.offer(ChatMessage(user, text, id=identity), 0)
    assert queue.skip("") == 0
    assert queue.skip("x") == 1
    assert queue.skip_user("A") == 1
    assert texts(queue) == ["3", "4"]
    assert queue.clear() == 2


def test_who_is_muted_is_not_heard_until_unmuted() -> None:
    queue = SpeechQueue(OPEN)
    queue.offer(ChatMessage("a", "1"), 0)
    assert queue.mute("A") == 1
    assert queue.offer(ChatMessage("a", "2"), 0) is Verdict.MUTED
    queue.unmute("a")
    assert queue.offer(ChatMessage("a", "3"), 0) is Verdict.WAITS


def test_what_could_not_be_read_is_next_again_among_its_equals() -> None:
    queue = SpeechQueue(OPEN)
    for text, priority in (("a", 0), ("b", 0)):
        queue.offer(ChatMessage("u", text, priority), 0)
    first = queue.take(0)
    assert first is not None
    queue.offer(ChatMessage("v", "urgent", 9), 0)
    queue.put_back(first, 1)
    assert texts(queue) == ["urgent", "a", "b"]


def test_memory_of_people_does_not_grow_with_the_audience() -> None:
    queue = SpeechQueue(Limits(repeat_s=30, every_s=1))
    for number in range(1000):
        queue.offer(ChatMessage(f"user{number}", "hello"), float(number))
        queue.take(float(number))
    assert len(queue._said) <= 31
    assert len(queue._last_s) <= 31


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from("xyz"),
            st.integers(-2, 2),
            st.sampled_from(["chat", "paid"]),
            st.sampled_from(["offer", "take", "skip"]),
        ),
        max_size=60,
    )
)
def test_every_message_has_exactly_one_end(steps: list[tuple[str, str, int, str, str]]) -> None:
    ledger: Counter[Verdict] = Counter()
    queue = SpeechQueue(Limits(waiting=5, waiting_each=2, oldest_s=20), lambda _, verdict: ledger.update([verdict]))
    offered = 0
    for now, (user, text, priority, kind, step) in enumerate(steps):
        if step == "offer":
            offered += 1
            queue.offer(ChatMessage(user, text, priority, kind=kind), now)
        elif step == "take":
            queue.take(now)
        else:
            queue.skip_user(user)
        assert queue.size <= 5
    ends = sum(ledger.values()) - ledger[Verdict.WAITS]
    assert offered == ends + queue.size
    assert ledger[Verdict.WAITS] == queue.size + sum(
        ledger[one] for one in (Verdict.READ, Verdict.SKIPPED, Verdict.PUSHED_OUT, Verdict.TOO_OLD)
    )
