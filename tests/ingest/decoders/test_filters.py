from hypothesis import given
from hypothesis import strategies as st

from core.decoding.topic_filters import levels_match
from ingest.decoders.filters import Filters

level = st.sampled_from(["a", "b", "", "$SYS"])
topics = st.lists(level, min_size=1, max_size=4)
topic_filters = st.builds(
    lambda levels, end: [*levels, *end],
    st.lists(st.one_of(level, st.just("+")), max_size=3),
    st.sampled_from([["#"], ["+"], ["a"], ["b"], [""]]),
)


@given(st.lists(topic_filters, max_size=12), topics)
def test_the_first_added_of_all_that_match_counts(added: list[list[str]], topic: list[str]) -> None:
    filters: Filters[int] = Filters()
    for number, levels in enumerate(added):
        filters.add("/".join(levels), number)
    matching = [number for number, levels in enumerate(added) if levels_match(levels, topic)]
    assert filters.first_match(topic) == next(iter(matching), None)
    assert filters.matches_several(topic) is (len(matching) > 1)
