"""What waits at the broker while nobody takes it survives a power cut, and a quiet house writes little."""

from coldshed.queue_saver import QUIET_S, SAVE_S, SETTLED_S, QueueSaver
from core.overview.service_progress import PartProgress


def _saves(saver: QueueSaver, listener: PartProgress | None, since: float, until: float) -> list[float]:
    """When Mosquitto is asked to save, if the supervisor looks every second. `listener` None: it is away;
    else its report is always new, with the same error."""
    seconds = [since + second for second in range(int(until - since))]
    reports = [listener and listener._replace(alive_at=second) for second in seconds]
    return [now for now, report in zip(seconds, reports, strict=True) if saver.is_due(report, now)]


WELL = PartProgress(0.0, 0.0)


def test_nothing_is_saved_while_the_listener_takes_everything() -> None:
    saver = QueueSaver(0.0)
    _saves(saver, WELL, 0.0, SETTLED_S + 1)
    assert _saves(saver, WELL, SETTLED_S + 1, 4000.0) == []


def test_the_session_of_a_first_start_is_saved_soon() -> None:
    assert _saves(QueueSaver(0.0), WELL, 0.0, SETTLED_S)[:3] == [0.0, SAVE_S, 2 * SAVE_S]


def test_saving_begins_when_the_listener_is_away_and_ends_after_it_has_settled() -> None:
    saver = QueueSaver(-1000.0)
    assert _saves(saver, WELL, 0.0, 100.0) == []
    assert _saves(saver, None, 100.0, 111.0) == [100.0, 105.0, 110.0]
    after = _saves(saver, WELL, 111.0, 400.0)
    assert after[0] == 115.0
    assert after[-1] == 170.0  # the last look without a listener was at 110 s


def test_a_listener_that_is_frozen_or_not_connected_counts_as_away() -> None:
    saver = QueueSaver(-1000.0)
    assert not saver.is_due(PartProgress(100.0, 100.0), 100.0 + QUIET_S)
    assert saver.is_due(PartProgress(100.0, 100.0), 101.0 + QUIET_S)
    saver = QueueSaver(-1000.0)
    assert _saves(saver, PartProgress(0.0, 0.0, "connection refused", outside=True), 0.0, 6.0) == [0.0, 5.0]
