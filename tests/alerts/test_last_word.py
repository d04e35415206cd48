"""The box says that it goes dark, once, and that it is back, once, whatever happens between."""

import pytest

from alerts.last_word import ON_BATTERY, UPS_AWAY, LastWordSender, queue_last_word
from alerts.ups import UpsReader
from core.notifications import sms_length
from core.notifications.escalation import NotificationKind
from core.overview.battery_runtime import BatteryNotice, PowerSupply
from core.times import MINUTE_MS
from store.notifications import notifications
from store.overview import system_issues
from tests.alerts.village import T0, Village


class Battery:
    supply: PowerSupply | None = None

    def __call__(self) -> PowerSupply | None:
        return self.supply


def texts(village: Village, kind: NotificationKind) -> list[tuple[int, str]]:
    with village.dbs.records.read() as tx:
        rows = notifications.notifications(tx)
    return sorted((row.person, row.text) for row in rows if row.kind == kind)


def noted(village: Village) -> set[str]:
    with village.dbs.records.read() as tx:
        return {problem.name for problem in system_issues.open_issues(tx)}


@pytest.fixture
def battery() -> Battery:
    return Battery()


def fresh(village: Village, battery: Battery) -> LastWordSender:
    """As after a start of the service."""
    return LastWordSender(village.dbs, "pretend", battery)


def test_everybody_responsible_is_told_once_before_the_battery_is_empty(
    village: Village, battery: Battery
) -> None:
    battery.supply = PowerSupply(True, 80, 40)
    word = fresh(village, battery)
    assert word.step(T0) == BatteryNotice.NOTHING
    assert ON_BATTERY in noted(village)
    assert texts(village, NotificationKind.LAST_WORD) == []
    battery.supply = PowerSupply(True, 20, 4)
    assert word.step(T0 + MINUTE_MS) == BatteryNotice.LAST
    assert word.step(T0 + 2 * MINUTE_MS) == BatteryNotice.NOTHING
    assert fresh(village, battery).step(T0 + 3 * MINUTE_MS) == BatteryNotice.NOTHING
    last_words = texts(village, NotificationKind.LAST_WORD)
    assert {person for person, _ in last_words} >= {village.keeper, village.manager}
    assert len(last_words) == len({person for person, _ in last_words})
    assert all("4分钟" in text for _, text in last_words)


def test_a_box_that_was_dark_says_after_its_start_that_it_is_back_once(
    village: Village, battery: Battery
) -> None:
    battery.supply = PowerSupply(True, 10, 2)
    fresh(village, battery).step(T0)
    battery.supply = PowerSupply(False, 15, 6)
    assert fresh(village, battery).step(T0 + 90 * MINUTE_MS) == BatteryNotice.BACK
    assert fresh(village, battery).step(T0 + 91 * MINUTE_MS) == BatteryNotice.NOTHING
    back = texts(village, NotificationKind.BACK)
    assert len(back) == len(texts(village, NotificationKind.LAST_WORD))
    assert all("90分钟" in text for _, text in back)
    assert not noted(village)


def test_a_second_cut_is_told_again(village: Village, battery: Battery) -> None:
    word = fresh(village, battery)
    for turn in range(2):
        battery.supply = PowerSupply(True, 10, 2)
        word.step(T0 + turn * 100 * MINUTE_MS)
        battery.supply = PowerSupply(False, 50)
        word.step(T0 + turn * 100 * MINUTE_MS + 10 * MINUTE_MS)
    last_words = texts(village, NotificationKind.LAST_WORD)
    assert len(last_words) == 2 * len({person for person, _ in last_words})


def test_the_hook_and_the_battery_together_tell_once(village: Village, battery: Battery) -> None:
    with village.dbs.records.write() as tx:
        queue_last_word(tx, T0, "pretend", None)
    last_words = texts(village, NotificationKind.LAST_WORD)
    battery.supply = PowerSupply(True, 10, 2)
    fresh(village, battery).step(T0 + 5_000)
    with village.dbs.records.write() as tx:
        queue_last_word(tx, T0 + 10_000, "pretend", 3)
    assert texts(village, NotificationKind.LAST_WORD) == last_words


def test_without_a_battery_nothing_is_ever_said(village: Village, battery: Battery) -> None:
    assert fresh(village, battery).step(T0) == BatteryNotice.NOTHING
    assert not noted(village)


@pytest.mark.parametrize("minutes", [None, 1, 120])
def test_it_fits_one_part_of_an_sms_in_both_languages(village: Village, minutes: int | None) -> None:
    with village.dbs.records.write() as tx:
        queue_last_word(tx, T0, "pretend", minutes)
    for _, text in texts(village, NotificationKind.LAST_WORD):
        assert sms_length.segments(text) == 1


def test_a_ups_that_somebody_expects_and_that_does_not_answer_is_said(
    village: Village, battery: Battery, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh(village, battery).step(T0)
    assert noted(village) == set(), "a machine without a battery"
    monkeypatch.setattr("alerts.ups.nut_supply", lambda _name: battery.supply)
    word = LastWordSender(village.dbs, "pretend", UpsReader("ups@nas"))
    word.step(T0)
    assert noted(village) == {UPS_AWAY}
    battery.supply = PowerSupply(False, 100, 40)
    LastWordSender(village.dbs, "pretend", UpsReader("ups@nas")).step(T0 + MINUTE_MS)
    assert noted(village) == set(), "also of an earlier process"
