"""Where a follower goes on when the journal is not the one that it read."""

from hypothesis import given
from hypothesis import strategies as st

from core.readings.journal_epochs import Epoch, FollowedOffset, is_ahead, resume_after

FIRST, SECOND = Epoch("a", 0, 1), Epoch("b", 64, 2)


def test_a_follower_of_the_current_epoch_goes_on_where_it_is() -> None:
    assert resume_after([FIRST, SECOND], 90, FollowedOffset("b", 70, 0)) == 70


def test_a_follower_ahead_of_an_older_copy_goes_on_at_the_end_of_the_copy() -> None:
    followed = FollowedOffset("a", 100, 0)
    assert is_ahead([FIRST], 64, followed)
    assert resume_after([FIRST, SECOND], 64, followed) == 64


def test_a_follower_that_was_behind_the_copy_reads_the_rest_of_it() -> None:
    assert not is_ahead([FIRST], 64, FollowedOffset("a", 10, 0))
    assert resume_after([FIRST, SECOND], 90, FollowedOffset("a", 10, 0)) == 10


def test_nothing_of_a_new_or_foreign_journal_was_read() -> None:
    assert resume_after([Epoch("new", 0, 1)], 5_000, FollowedOffset("lost", 100, 0)) == 0


def test_an_offset_from_before_epochs_is_believed_only_if_the_journal_reaches_it() -> None:
    assert resume_after([FIRST], 900, FollowedOffset("", 900, 0)) == 900
    assert resume_after([FIRST], 12, FollowedOffset("", 900, 0)) == 0


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=5), st.sampled_from(["", "0", "1", "x"]), st.integers(0)
)
def test_no_follower_ever_waits_for_rows_that_the_journal_does_not_have(
    lengths: list[int], epoch: str, seq: int
) -> None:
    ends = sorted(lengths)
    listed = [Epoch(str(i), end, i) for i, end in enumerate([0, *ends[:-1]])]
    followed = FollowedOffset(epoch, seq, 0)
    assert is_ahead(listed, ends[-1], followed) or resume_after(listed, ends[-1], followed) <= ends[-1]
