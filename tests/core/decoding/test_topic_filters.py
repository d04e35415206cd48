"""What a broker would deliver decides: filters are compared by the topics that they match."""

from hypothesis import given
from hypothesis import strategies as st

from core.decoding.topic_filters import covers, matches, widest

LEVELS = ["a", "b", ""]
level = st.sampled_from(LEVELS)
topics = st.lists(level, min_size=1, max_size=4).map("/".join)
topic_filters = st.builds(
    lambda levels, end: "/".join([*levels, end]),
    st.lists(st.sampled_from([*LEVELS, "+"]), max_size=3),
    st.sampled_from([*LEVELS, "+", "#"]),
)


@given(topics)
def test_a_topic_as_its_own_filter_matches_only_itself(topic: str) -> None:
    assert matches(topic, topic)
    assert not matches(topic, f"{topic}/a")


@given(topics)
def test_the_wildcard_at_the_end_matches_the_parent_too_and_a_plus_does_not(topic: str) -> None:
    assert matches(f"{topic}/#", topic)
    assert matches(f"{topic}/#", f"{topic}/a/b")
    assert not matches(f"{topic}/+", topic)
    assert not matches(f"{topic}/+", f"{topic}/a/b")


@given(st.sampled_from(["#", "+/a", "+/#", "+"]), topics)
def test_the_brokers_own_topics_are_matched_only_by_name(wild: str, topic: str) -> None:
    assert not matches(wild, f"$SYS/{topic}")
    assert matches("$SYS/#", f"$SYS/{topic}")


@given(topic_filters, topic_filters, topics)
def test_a_wider_filter_matches_every_topic_of_a_narrower_one(wide: str, narrow: str, topic: str) -> None:
    if covers(wide, narrow) and matches(narrow, topic):
        assert matches(wide, topic)


@given(topics, topics)
def test_two_different_topics_cover_nothing_of_each_other(topic: str, other: str) -> None:
    assert covers(topic, other) is (topic == other)


@given(topic_filters, topic_filters)
def test_two_filters_that_cover_each_other_are_one_filter(first: str, second: str) -> None:
    assert (covers(first, second) and covers(second, first)) is (first == second)


@given(st.lists(topic_filters, max_size=6), topics)
def test_a_topic_is_lost_with_no_filter_that_is_left_out(filters: list[str], topic: str) -> None:
    left = widest(filters)
    assert any(matches(topic_filter, topic) for topic_filter in left) is any(
        matches(topic_filter, topic) for topic_filter in filters
    )


@given(st.lists(topic_filters, max_size=6))
def test_no_message_comes_twice_for_two_filters_of_which_one_covers_the_other(filters: list[str]) -> None:
    left = widest(filters)
    assert not [(a, b) for a in left for b in left if a != b and covers(a, b)]
    assert len(set(left)) == len(left)
    assert left == sorted(left, key=filters.index), "the order of subscriptions stays"
