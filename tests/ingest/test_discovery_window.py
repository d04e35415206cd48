"""Discovery without a broker: what it notes, how often, and how a crash gets onto the page."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import StoreError
from ingest import discovery
from ingest.address import BrokerAddress
from ingest.discovery import CRASHED, Discovery, DiscoveryPace, report_crashes, store_unknown_topics
from store.database import Databases
from store.decoding import rejected
from store.overview import system_issues


class Message:
    def __init__(self, topic: str, payload: bytes = b"1", *, retain: bool = False) -> None:
        self.topic, self.payload, self.retain = topic, payload, retain


class Watch:
    """A discovery whose client is this test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.clock)
        self.notes: list[str] = []
        self.reports: list[str] = []
        self.discovery = Discovery(
            BrokerAddress("hub", 1883, None, None),
            lambda topic: topic.startswith("known/"),
            lambda topic, _payload, _retained: self.notes.append(topic),
            self.reports.append,
            DiscoveryPace(busy_per_s=10, window_s=2.0),
        )

    def hear(self, *topics: str, **options: Any) -> None:
        for topic in topics:
            message: Any = Message(topic, **options)
            self.discovery._message(None, None, message)  # type: ignore[arg-type] # paho's client is not used


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    yield Watch(monkeypatch)
    monkeypatch.undo()


def test_only_topics_that_nobody_knows_are_noted(watch: Watch) -> None:
    watch.hear("mine/box", "known/a", "$SYS/uptime", "homeassistant/x/config", "coldshed/listener/c/alive")
    assert watch.notes == ["mine/box"]


def test_an_empty_message_says_nothing_of_a_device(watch: Watch) -> None:
    watch.hear("mine/box", payload=b"")
    assert watch.notes == []


def test_a_topic_is_noted_once_a_minute(watch: Watch) -> None:
    watch.hear("mine/box", "mine/box")
    watch.clock += 59.9
    watch.hear("mine/box")
    assert watch.notes == ["mine/box"]
    watch.clock += 0.1
    watch.hear("mine/box")
    assert len(watch.notes) == 2


def test_heavy_traffic_ends_the_notes_of_its_window(watch: Watch) -> None:
    watch.hear(*(f"mine/{number}" for number in range(25)))
    assert len(watch.notes) == 20
    assert watch.discovery._is_busy()
    watch.discovery._new_window()
    watch.hear("mine/later")
    assert watch.notes[-1] == "mine/later"


def test_what_was_stored_at_the_broker_is_no_traffic(watch: Watch) -> None:
    watch.hear(*(f"mine/{number}" for number in range(60)), retain=True)
    assert len(watch.notes) == 60
    assert not watch.discovery._is_busy()


def test_a_flood_of_new_topics_is_cut_in_each_window_and_in_memory(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "REMEMBER_TOPICS", 150)
    for _ in range(3):
        watch.hear(*(f"mine/{len(watch.notes)}/{number}" for number in range(200)), retain=True)
        watch.discovery._new_window()
    assert len(watch.notes) == 150
    watch.clock += 60
    watch.hear("mine/again", retain=True)
    assert watch.notes[-1] == "mine/again"


def test_a_crash_is_reported_once_and_cleared_by_a_window_that_works(watch: Watch) -> None:
    for _ in range(3):
        watch.discovery._report_crash("ValueError: odd")
    watch.discovery._report_crash("TypeError: odder")
    watch.discovery._report_recovery()
    watch.discovery._report_recovery()
    assert watch.reports == ["ValueError: odd", "TypeError: odder", ""]


def test_the_first_window_that_works_clears_what_an_earlier_process_left(watch: Watch) -> None:
    watch.discovery._report_recovery()
    assert watch.reports == [""]


def test_a_crash_is_a_row_on_the_page_until_it_works_again(dbs: Databases) -> None:
    report = report_crashes(dbs, lambda: 1000)
    report("ValueError: odd")
    with dbs.records.read() as tx:
        assert [(issue.name, issue.text) for issue in system_issues.open_issues(tx)] == [
            (CRASHED, "ValueError: odd")
        ]
    report("")
    with dbs.records.read() as tx:
        assert system_issues.open_issues(tx) == []


def test_a_crash_that_cannot_be_shown_is_only_logged(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(system_issues, "note", refuse)
    report_crashes(dbs, lambda: 1000)("ValueError: odd")
    assert "away" in caplog.text


def test_a_note_is_a_rejected_message_of_an_unknown_topic(dbs: Databases) -> None:
    store_unknown_topics(dbs, lambda: 1000)("mine/box", b"3.5", True)
    with dbs.journal.read() as tx:
        (message,) = rejected.rejected(tx)
    assert (message.topic, message.reason, message.payload, message.at) == (
        "mine/box",
        "unknown_topic",
        b"3.5",
        1000,
    )
