"""One of several probes falls silent, and somebody hears of it; what is known already is not told again."""

import pytest

from alerts.engine import Engine
from core.alerts.alerts import Alert, AlertStatus
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.rooms.places import NewPlacement
from core.times import HOUR_MS, MINUTE_MS
from store.alerts import alerts
from store.devices import ice_baths, probe_removals
from store.devices.devices import DeviceDescription, describe, record_last_seen
from store.journal import journal, series
from store.rooms import places
from tests.alerts.village import BY_DAY, KEEPER, SECOND, T0, Desk, Village

SILENT = "probe_silent"


def alerts_of(desk: Desk, condition: str = SILENT) -> list[Alert]:
    with desk.village.dbs.records.read() as tx:
        return [alert for alert in alerts.alerts(tx) if alert.condition == condition][::-1]


def spots(desk: Desk) -> list[str | None]:
    return [alert.evidence.spot for alert in alerts_of(desk) if alert.open]


class Meter:
    """A device that measures several metrics with one probe."""

    def __init__(self, village: Village, device: str, room: int, spot: str, *metrics: str) -> None:
        self.village = village
        with village.dbs.records.write() as tx:
            places.place(tx, village.clock, NewPlacement(device=device, position="", room=room, spot=spot))
        with village.dbs.journal.write() as tx:
            self.series = {m: series.get_or_make(tx, device, m, "", village.clock) for m in metrics}

    def say(self, **values: float) -> None:
        now = self.village.clock
        with self.village.dbs.journal.write() as tx:
            rows = [Reading(self.series[metric], now, value) for metric, value in values.items()]
            journal.append(tx, now, journal.READINGS, batch_body(rows, []))


def minutes(desk: Desk, count: int, *meters: tuple[Meter, dict[str, float]], **values: float) -> None:
    """Minute by minute with connected time between: heartbeats every 15 s."""
    for _ in range(count):
        for meter, value in meters:
            meter.say(**value)
        if values:
            desk.village.say(**values)
        desk.village.seconds(desk.engine, 60, 15)
        desk.mail()


@pytest.fixture
def day(desk: Desk) -> Desk:
    desk.village.clock = BY_DAY
    desk.village.probe("b", desk.village.room, "back")
    minutes(desk, 5, a=4.0, b=4.1)
    return desk


def test_the_warm_probe_falls_silent_and_the_cold_one_goes_on(day: Desk) -> None:
    minutes(day, 28, b=4.1)
    assert alerts_of(day) == []
    minutes(day, 4, b=4.1)
    [alert] = alerts_of(day)
    assert (alert.evidence.spot, alert.blind, alert.position_class) == ("door", False, "air")
    [text] = day.phones.to(KEEPER)
    assert text.startswith("2号库门边探头没数,别的探头还有数,已31分钟")
    minutes(day, 120, b=4.1)
    assert len(day.phones.got) == 1
    minutes(day, 2, a=4.0, b=4.1)
    assert alerts_of(day)[0].resolved_reason == "heard_again"
    assert day.phones.to(KEEPER)[1:] == ["2号库门边又有数了,现在4.0度。一共2小时33分没数。"]
    assert alerts_of(day, "silent") == []


def test_at_night_it_waits_and_all_of_a_night_are_one_text_in_the_morning(desk: Desk) -> None:
    for name, spot in (("b", "back"), ("c", "middle")):
        desk.village.probe(name, desk.village.room, spot)
    minutes(desk, 5, a=4.0, b=4.1, c=4.2)
    minutes(desk, 40, b=4.1, c=4.2)
    minutes(desk, 40, b=4.1)
    assert sorted(map(str, spots(desk))) == ["door", "middle"]
    assert desk.phones.got == []
    desk.village.clock = T0 + 7 * HOUR_MS
    minutes(desk, 3, b=4.1)
    [text] = desk.phones.to(KEEPER)
    assert text.startswith("古池库区2个探头没数")
    minutes(desk, 30, b=4.1)
    assert len(desk.phones.got) == 1


def test_a_second_probe_that_falls_silent_later_is_told_too(day: Desk) -> None:
    day.village.probe("c", day.village.room, "middle")
    minutes(day, 5, a=4.0, b=4.1, c=4.2)
    minutes(day, 60, b=4.1, c=4.2)
    minutes(day, 40, b=4.1)
    assert len(day.phones.to(KEEPER)) == 2
    assert "中间" in day.phones.to(KEEPER)[1]


def test_a_room_that_falls_silent_as_a_whole_is_one_alert_about_the_room(day: Desk) -> None:
    minutes(day, 90)
    assert alerts_of(day) == []
    assert len(alerts_of(day, "silent")) == 1


def test_who_stays_silent_when_the_room_is_back_is_told_after_a_while(day: Desk) -> None:
    minutes(day, 90)
    minutes(day, 10, b=4.1)
    assert alerts_of(day) == [], "it may only be slow"
    minutes(day, 10, b=4.1)
    assert spots(day) == ["door"]


def test_the_co2_probe_of_a_shed_is_told_at_once_also_at_night(desk: Desk) -> None:
    meter = Meter(desk.village, "co2", desk.village.room, "middle", "co2")
    minutes(desk, 5, (meter, {"co2": 800.0}), a=4.0)
    minutes(desk, 12, a=4.0)
    [alert] = alerts_of(desk)
    assert (alert.metric, alert.blind) == ("co2", True)
    [text] = desk.phones.to(KEEPER)
    assert text.startswith("2号库中间二氧化碳没数,已11分钟")
    assert "先开门10分钟" in text
    minutes(desk, 6, a=4.0)
    assert desk.phones.to(SECOND), "until somebody goes"


def test_a_device_that_dies_is_one_alert_and_not_one_for_each_metric(day: Desk) -> None:
    meter = Meter(day.village, "th", day.village.room, "middle", "temperature", "humidity")
    minutes(day, 5, (meter, {"temperature": 4.0, "humidity": 90.0}), a=4.0, b=4.0)
    minutes(day, 40, a=4.0, b=4.0)
    [alert] = alerts_of(day)
    assert (alert.metric, alert.evidence.spot) == ("temperature", "middle")


def test_a_device_that_loses_only_its_humidity_is_told_for_that(day: Desk) -> None:
    meter = Meter(day.village, "th", day.village.room, "middle", "temperature", "humidity")
    minutes(day, 5, (meter, {"temperature": 4.0, "humidity": 90.0}), a=4.0, b=4.0)
    minutes(day, 40, (meter, {"temperature": 4.0}), a=4.0, b=4.0)
    [alert] = alerts_of(day)
    assert (alert.metric, alert.evidence.spot) == ("humidity", "middle")
    assert day.phones.to(KEEPER)[0].startswith("2号库中间湿度没数,已")


def test_a_probe_in_ice_water_taken_away_or_replaced_is_not_silent(day: Desk) -> None:
    records = day.village.dbs.records
    with records.write() as tx:
        ice_baths.put_in(tx, day.village.clock, "a", "", None)
    minutes(day, 50, b=4.1)
    assert alerts_of(day) == []
    with records.write() as tx:
        probe_removals.take_away(tx, day.village.clock, "a", "", None)
    minutes(day, 60, b=4.1)
    assert alerts_of(day) == []


def test_a_silent_probe_that_is_taken_away_is_over_and_said_so(day: Desk) -> None:
    minutes(day, 32, b=4.1)
    with day.village.dbs.records.write() as tx:
        probe_removals.take_away(tx, day.village.clock, "a", "", None)
    minutes(day, 2, b=4.1)
    assert alerts_of(day)[0].resolved_reason == "probe_removed"
    assert day.phones.to(KEEPER)[1:] == ["2号库门边的探头拿走了,没数的事不用管了。"]


def test_a_room_that_rests_has_no_silent_probes(day: Desk) -> None:
    room = day.village.another_room("5号库")
    for name, spot in (("x", "door"), ("y", "back")):
        day.village.probe(name, room, spot)
    minutes(day, 5, a=4.0, b=4.0, x=4.0, y=4.0)
    with day.village.dbs.records.write() as tx:
        places.declare_empty(tx, day.village.clock, room, day.village.keeper)
    minutes(day, 60, a=4.0, b=4.0, y=4.0)
    assert alerts_of(day) == []


def test_a_gateway_that_is_told_as_a_silent_room_explains_its_probes_elsewhere(day: Desk) -> None:
    """Gateway G serves the only probe of 3号库 and one of two in 2号库."""
    room = day.village.another_room("3号库")
    day.village.probe("g", room)
    with day.village.dbs.journal.write() as tx:
        record_last_seen(tx, day.village.clock, {"a": "own", "g": "own", "b": "own"})
        describe(tx, {"a": DeviceDescription(gateway="G"), "g": DeviceDescription(gateway="G")})
    engine = Desk.at(day.village, day.phones)
    minutes(engine, 5, a=4.0, b=4.0, g=4.0)
    minutes(engine, 60, b=4.0)
    assert [alert.room for alert in alerts_of(day, "silent")] == [room]
    assert alerts_of(day) == []
    minutes(engine, 20, b=4.0, g=4.0)
    assert spots(day) == ["door"], "it outlived the silence of its gateway"


def test_a_restart_forgets_no_silence_and_tells_none_twice(day: Desk) -> None:
    for _ in range(12):
        minutes(Desk(day.village, day.phones, Engine(day.village.dbs), day.outbox, day.inbox), 5, b=4.1)
    assert len(alerts_of(day)) == 1
    assert len(day.phones.got) == 1


def test_a_slow_probe_has_three_of_its_intervals(day: Desk) -> None:
    for _ in range(8):
        day.village.say(a=4.0)
        minutes(day, 15, b=4.0)
    assert alerts_of(day) == []
    minutes(day, 29, b=4.0)
    assert alerts_of(day) == []
    minutes(day, 3, b=4.0)
    assert len(alerts_of(day)) == 1


def test_a_probe_that_was_placed_just_now_is_not_silent_since_its_last_life(day: Desk) -> None:
    with day.village.dbs.journal.write() as tx:
        series.get_or_make(tx, "spare", "temperature", "", day.village.clock)
    minutes(day, 5, a=4.0, b=4.0, spare=20.0)
    minutes(day, 100, a=4.0, b=4.0)
    day.village.probe("spare", day.village.room, "middle")
    minutes(day, 10, a=4.0, b=4.0)
    assert alerts_of(day) == []
    minutes(day, 25, a=4.0, b=4.0)
    assert spots(day) == ["middle"]


# --- the hand-over of an alert whose probe died ---


def test_an_alert_of_a_probe_that_died_goes_over_to_the_silent_probe(day: Desk) -> None:
    minutes(day, 33, a=9.0, b=4.0)
    assert [alert.status for alert in alerts_of(day, "high")] == [AlertStatus.ACTIVE]
    day.answer(KEEPER, "1")
    minutes(day, 12, b=4.0)
    [silence] = alerts_of(day)
    assert (silence.blind, silence.evidence.spot) == (True, "door")
    assert "2号库门边探头没数,没数前9.0度,好没好不知道" in day.phones.to(KEEPER)[-1]
    minutes(day, 20, b=4.0)
    [high] = alerts_of(day, "high")
    assert (high.status, high.resolved_reason) == (AlertStatus.RESOLVED, "probe_silent")
    texts = [text for text in day.phones.to(KEEPER) if "太热好没好不知道" in text]
    assert len(texts) == 1
    assert not any("好了" in text for text in day.phones.to(KEEPER))
    minutes(day, 7 * 24, b=4.0)
    assert [alert.status for alert in alerts_of(day, "high")] == [AlertStatus.RESOLVED]
    assert alerts_of(day)[0].open


def test_with_slow_probes_the_hand_over_is_urgent_too(desk: Desk) -> None:
    """Both delays are 45 minutes here; the silence is judged before the alert is handed over."""
    village = desk.village
    village.probe("b", village.room, "back")
    for _ in range(6):
        village.say(a=4.0)
        minutes(desk, 15, b=4.0)
    for _ in range(5):
        village.say(a=9.0)
        minutes(desk, 15, b=4.0)
    minutes(desk, 60, b=4.0)
    [silence] = alerts_of(desk)
    assert silence.blind
    assert [alert.resolved_reason for alert in alerts_of(desk, "high")] == ["probe_silent"]


def test_in_a_blind_room_the_alert_stands_until_the_probe_speaks_again(desk: Desk) -> None:
    """One alert before the hole and none after it, as long as it is still outside."""
    minutes(desk, 33, a=9.0)
    minutes(desk, 120)
    assert [alert.status for alert in alerts_of(desk, "high")] == [AlertStatus.ACTIVE]
    minutes(desk, 60, a=9.0)
    assert len(alerts_of(desk, "high")) == 1
    assert alerts_of(desk, "high")[0].activated_at < desk.village.clock - 150 * MINUTE_MS


def place(desk: Desk, device: str, spot: str) -> None:
    with desk.village.dbs.records.write() as tx:
        new = NewPlacement(device=device, position="", room=desk.village.room, spot=spot)
        places.place(tx, desk.village.clock, new)


def test_a_probe_that_was_placed_and_never_reported_is_silent_too(day: Desk) -> None:
    place(day, "new", "middle")
    minutes(day, 57, a=4.0, b=4.1)
    assert alerts_of(day) == []
    minutes(day, 5, a=4.0, b=4.1)
    assert spots(day) == ["middle"]
    [text] = day.phones.to(KEEPER)
    assert text.startswith("2号库中间探头从未上报,别的探头还有数")
    minutes(day, 60, a=4.0, b=4.1)
    assert len(day.phones.got) == 1


def test_its_waiting_goes_on_after_a_restart_and_ends_when_it_reports(day: Desk) -> None:
    place(day, "new", "middle")
    minutes(day, 40, a=4.0, b=4.1)
    day.engine = Engine(day.village.dbs)
    minutes(day, 22, a=4.0, b=4.1)
    [alert] = alerts_of(day)
    assert alert.open
    with day.village.dbs.journal.write() as tx:
        number = series.get_or_make(tx, "new", "temperature", "", day.village.clock)
        row = Reading(number, day.village.clock, 4.2)
        journal.append(tx, day.village.clock, journal.READINGS, batch_body([row], []))
    minutes(day, 2, a=4.0, b=4.1)
    [alert] = alerts_of(day)
    assert (alert.open, alert.resolved_reason) == (False, "heard_again")


def test_one_that_is_taken_away_before_it_reported_is_no_longer_awaited(day: Desk) -> None:
    place(day, "new", "middle")
    minutes(day, 62, a=4.0, b=4.1)
    with day.village.dbs.records.write() as tx:
        probe_removals.take_away(tx, day.village.clock, "new", "", None)
    minutes(day, 2, a=4.0, b=4.1)
    assert spots(day) == []
