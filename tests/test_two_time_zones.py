"""Two sites in two time zones: whatever shows a time uses the clock of its own site."""

from dataclasses import dataclass
from datetime import date

import pytest

from alerts.engine import Engine
from alerts.notification_planner import NotificationPlanner
from api.context import ApiContext
from core.patrols.patrols import NewPatrol
from core.readings.calibrations import NewCalibration
from core.rooms.places import NewRoom
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from reports import calibrations as calibration_paper
from reports import patrols as patrol_paper
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.live import Hub
from store.notifications import notifications, roster
from store.patrols import patrols
from store.people import federation
from store.readings.calibrations import calibrate
from store.rooms import limits, places
from tests.alerts.village import BACK, LIMIT, T0, Village, make
from web.alerts.alert_timeline import recent_alert_lines
from web.base.localizer import Localizer
from web.devices.calibration_view import calibration_record
from web.devices.device_view import device_view

WEST = "Asia/Urumqi"
"""Two hours behind Fenyang: its midnight is 2:00 there."""
WORDS = Localizer("zh")


@dataclass
class TwoSites:
    """2号库 (probe `a`) by Fenyang's clock, 西库 (probe `w`) by that of Urumqi."""

    village: Village
    west: int
    context: ApiContext


@pytest.fixture
def two(dbs: Databases) -> TwoSites:
    village = make(dbs)
    with dbs.records.write() as tx:
        site = federation.add_site(tx, T0, "西库区", timezone=WEST)
        west = places.add_room(tx, T0, NewRoom(site=site, name="西库", kind="cold_room", limits_from="hand"))
        places.add_room(
            tx, T0, NewRoom(site=village.site, name="3号库", kind="cold_room", limits_from="hand")
        )
        limits.set_by_hand(tx, T0, west, [LIMIT], None, "试")
        roster.add_duty(tx, T0, site, village.second, T0 - MINUTE_MS, T0 + DAY_MS)
    village.probe("w", west)
    context = ApiContext(
        dbs, SqliteHistory(dbs.history), Hub(dbs, lambda: village.clock), lambda: village.clock
    )
    return TwoSites(village, west, context)


def test_what_happened_is_told_by_the_rooms_own_clock(two: TwoSites) -> None:
    two.village.clock = T0 + 8 * HOUR_MS
    two.village.minutes(Engine(two.village.dbs), 31, a=8.0, w=8.0)
    with two.village.dbs.records.read() as tx:
        lines = recent_alert_lines(tx, WORDS, two.village.clock)
    assert sorted(line.split(" ")[0] for line in lines) == ["6:30", "8:30"]
    assert next(line for line in lines if "西库" in line).startswith("6:30")


def test_one_digest_over_two_sites_gives_each_its_own_time(two: TwoSites) -> None:
    village, engine = two.village, Engine(two.village.dbs)
    with village.dbs.records.write() as tx:
        roster.add_duty(tx, T0, village.site + 1, village.keeper, T0 - 2 * MINUTE_MS, T0 + DAY_MS)
    village.clock = T0 + 10 * HOUR_MS
    village.minutes(engine, 40, a=8.0, w=8.0)
    village.minutes(engine, BACK, a=5.0, w=5.0)
    with village.dbs.records.write() as tx:
        NotificationPlanner("pretend").plan(tx, village.clock)
        texts = [message.text for message in notifications.notifications(tx)]
    assert any("2号库太热最高8.0度,10:00起" in text for text in texts), texts
    assert any("西库太热最高8.0度,08:00起" in text for text in texts), texts


def test_a_patrol_belongs_to_the_day_of_its_own_site(two: TwoSites) -> None:
    """An hour after Fenyang's midnight it is still the evening of the day before in Urumqi."""
    now = T0 + HOUR_MS
    with two.village.dbs.records.write() as tx:
        for room in (two.village.room, two.west):
            patrols.add(
                tx, now, NewPatrol(room=room, by=two.village.keeper, spot="door", typed=None, wrong=[])
            )
        days = {day.room.name: day for day in patrols.rounds_of(tx, None, now)}
        of_fenyang = {day.room.name for day in patrols.rounds_of(tx, date(2026, 1, 14), now)}
    assert [len(days["2号库"].rounds[half]) for half in ("morning", "afternoon")] == [1, 0]
    assert [len(days["西库"].rounds[half]) for half in ("morning", "afternoon")] == [0, 1]
    assert of_fenyang == {"2号库", "3号库"}
    made = patrol_paper.paper(two.village.dbs, two.context.history, None, 2026, 1, "zh", now)
    times = {row["库棚"]: (row["日期"], row["时间"]) for _, row in made.frame.iterrows() if row["时间"]}
    assert times == {"2号库": ("2026-01-14", "01:00"), "西库": ("2026-01-13", "23:00")}


def test_a_calibration_is_dated_by_the_clock_where_the_device_stands(two: TwoSites) -> None:
    now = T0 + HOUR_MS
    with two.village.dbs.records.write() as tx:
        for device in "aw":
            calibrate(
                tx,
                now,
                NewCalibration(
                    device=device,
                    position="",
                    metric="temperature",
                    offset=0.1,
                    method="ice",
                    by=None,
                    done_at=now,
                ),
            )
    shown = {row.place.split(" ")[0]: row.day for row in calibration_record(two.context, WORDS, now)}
    assert shown == {"2号库": "2026-01-14", "西库": "2026-01-13"}
    table = calibration_paper.calibrations_table(two.village.dbs, "zh", now)
    assert dict(zip(table["设备编号"], table["日期"], strict=True)) == {"a": "2026-01-14", "w": "2026-01-13"}


def test_a_devices_page_goes_by_the_clock_where_it_stands(two: TwoSites) -> None:
    two.village.say(a=4.0, w=4.0)
    for device, zone in (("a", "Asia/Shanghai"), ("w", WEST)):
        view = device_view(two.context, WORDS, device, T0 + HOUR_MS)
        assert view is not None
        assert view.zone == zone
