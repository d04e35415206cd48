"""The short form of the drill with the moved clock. That a text leaves within 30 s is asked only by the
drill: machines that run tests are too busy."""

from pathlib import Path

import pytest

from tests.e2e.moved_clock import Plan, run


@pytest.mark.timeout(200)
def test_kills_under_a_clock_that_is_moved_lose_and_double_nothing(tmp_path: Path) -> None:
    outcome = run(Plan(readings=6_000, kills=4, supervisor_kills=2, rooms=6, seed=5), tmp_path)
    assert (outcome.lost, outcome.twice, outcome.wrong_rollups, outcome.orphans) == (0, 0, 0, 0)
    assert outcome.accepted_timed == 4_500
    texts = outcome.texts
    assert (texts.due, texts.lost_alerts, texts.double_alerts, texts.other_alerts) == (6, 0, 0, [])
    assert (texts.missing_texts, texts.double_texts) == (0, 0)
    assert texts.texts >= 3 * 6
