"""Which acknowledgements the broker is known to have."""

from ingest.delivery import Delivery


def test_an_answered_sign_of_life_confirms_the_rows_acknowledged_before_it() -> None:
    delivery = Delivery(confirmed=3)
    delivery.on_acknowledged(7)
    delivery.on_published(1)
    delivery.on_acknowledged(9)
    assert delivery.on_puback(1)
    assert delivery.confirmed == 7


def test_a_batch_without_a_journal_row_changes_nothing() -> None:
    delivery = Delivery(confirmed=3, stored=5)
    delivery.on_acknowledged(0)
    delivery.on_published(1)
    assert delivery.on_puback(1)
    assert delivery.confirmed == 5


def test_an_answer_for_an_earlier_connection_confirms_nothing() -> None:
    delivery = Delivery()
    delivery.on_acknowledged(7)
    delivery.on_published(1)
    delivery.on_connect()
    assert not delivery.on_puback(1)
    assert delivery.confirmed == 0


def test_answers_out_of_order_never_take_a_confirmation_back() -> None:
    delivery = Delivery()
    for packet_id, seq in ((1, 7), (2, 9)):
        delivery.on_acknowledged(seq)
        delivery.on_published(packet_id)
    assert delivery.on_puback(2)
    assert not delivery.on_puback(1)
    assert delivery.confirmed == 9
