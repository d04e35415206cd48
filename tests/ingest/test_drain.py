"""When the listener stops waiting for its own marker."""

from ingest.drain import DRAINING_PER_S, MARKER_S, QueueDrain


def test_without_a_marker_it_goes_live_after_a_while_and_only_once() -> None:
    drain = QueueDrain("marker")
    drain.start(100.0)
    assert not drain.is_overdue(100.0 + MARKER_S)
    assert drain.is_overdue(100.1 + MARKER_S)
    assert not drain.is_overdue(200.0 + MARKER_S)


def test_while_messages_pour_in_the_queue_still_drains() -> None:
    drain = QueueDrain("marker")
    drain.start(0.0)
    drain.on_messages(int(DRAINING_PER_S * MARKER_S) + 1)
    assert not drain.is_overdue(MARKER_S + 0.1)
    assert drain.is_overdue(2 * MARKER_S + 0.1)


def test_a_marker_that_came_back_is_not_waited_for() -> None:
    drain = QueueDrain("marker")
    drain.start(0.0)
    drain.stop()
    assert not drain.is_overdue(10 * MARKER_S)


def test_each_connection_has_a_marker_of_its_own() -> None:
    assert QueueDrain.new_nonce() != QueueDrain.new_nonce()
