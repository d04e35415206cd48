"""Epochs of the journal, and where a follower goes on after the journal was lost or restored.

Sequence numbers count within one epoch. A new one begins with a new journal, and when a journal is found to
be older than what its followers have read of it: an older copy was put back, or its last rows were lost.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Epoch(NamedTuple):
    """The rows after sequence number `after`, up to the next epoch's `after`. `begun_at` in ms."""

    id: str
    after: int
    begun_at: int


class FollowedOffset(NamedTuple):
    """How far a follower has read. `epoch` is "" if it never noted one; `at` (ms) is when it noted `seq`."""

    epoch: str
    seq: int
    at: int


def is_ahead(epochs: Sequence[Epoch], last: int, followed: FollowedOffset) -> bool:
    """Whether the follower has read rows of the current epoch that the journal no longer has. `last`: the
    journal's last sequence number."""
    return bool(epochs) and followed.epoch == epochs[-1].id and followed.seq > last


def resume_after(epochs: Sequence[Epoch], last: int, followed: FollowedOffset) -> int:
    """The sequence number after which the follower goes on, in the journal's last epoch.

    `epochs` is the journal's list, oldest first. Of a journal that does not list the follower's epoch (the
    own one was lost, or this is another house's), the follower has read nothing.
    """
    if not followed.epoch:  # from before epochs were noted
        return followed.seq if followed.seq <= last else 0
    ends = [*(later.after for later in epochs[1:]), followed.seq]
    for epoch, end in zip(epochs, ends, strict=False):
        if epoch.id == followed.epoch:
            return min(followed.seq, end)
    return 0
