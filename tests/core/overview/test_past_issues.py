"""What is over ends after its time or by hand; what lasts ends when it is mended."""

import pytest

from core.errors import Refused
from core.overview.past_issues import SHOWN_FOR, check_past, is_over
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from core.times import DAY_MS


def test_every_one_has_a_sentence() -> None:
    assert set(SHOWN_FOR) <= set(SYSTEM_ISSUE_TEXTS)


def test_only_past_ones_end_after_their_time() -> None:
    assert not is_over("journal.restarted", 0, 7 * DAY_MS)
    assert is_over("journal.restarted", 0, 7 * DAY_MS + 1)
    assert not is_over("box.disk_full", 0, 100 * DAY_MS)


def test_what_lasts_cannot_be_acknowledged_away() -> None:
    check_past("history_missed")
    with pytest.raises(Refused):
        check_past("box.disk_full")
