"""One device's page as a view over the databases: what it says, where it stood, what is due."""

import pytest

from core.errors import StoreError
from core.readings.calibrations import NewCalibration
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, HOUR_MS
from store.decoding import rejected
from store.devices import device_names, devices, ice_baths
from store.people import federation
from store.readings import calibrations
from store.rooms import places
from tests.web.builders import EN, NOW, ZH
from tests.web.scene import Scene
from tests.web.visits import context_of_scene
from web.devices.device_view import DeviceView, calibration_line, device_chart, device_view

DOOR = "2号库-door"


def view_of(scene: Scene, device: str = DOOR, now: int = NOW) -> DeviceView:
    shown = device_view(context_of_scene(scene, now), ZH, device, now)
    assert shown is not None
    return shown


def test_a_device_that_never_spoke_and_stands_nowhere_has_no_page(shared_scene: Scene) -> None:
    assert device_view(context_of_scene(shared_scene), ZH, "nobody", NOW) is None


def test_it_says_where_the_probe_stands_and_that_it_was_never_calibrated(shared_scene: Scene) -> None:
    shown = view_of(shared_scene)
    (card,) = shown.probes
    assert (card.place, card.calibrated, card.due, card.in_ice) == ("2号库 门边", "还没校过", "", False)
    assert (card.warm, card.calibrates) == (True, True)
    assert shown.state.startswith("在线")
    assert shown.stood == ["11月15日起 2号库 门边"]


def test_a_silent_device_says_since_when_and_not_that_it_is_there(shared_scene: Scene) -> None:
    shown = view_of(shared_scene, "6号库-door", NOW + 6 * HOUR_MS)
    assert shown.state == "6小时没数"
    assert shown.probes[0].quiet == "6小时没数"


def test_a_corrected_value_shows_what_was_measured_beside_it(scene: Scene) -> None:
    new = NewCalibration(
        device=DOOR, position="", metric="temperature", offset=-0.5, method="ice", by=scene.people["keeper"]
    )
    with scene.dbs.records.write() as tx:
        calibrations.calibrate(tx, NOW - HOUR_MS, new)
    scene.say(DOOR, NOW, temperature=4.0)
    shown = view_of(scene)
    temperature, humidity = shown.probes[0].says
    assert (temperature.shown, temperature.raw) == ("3.5度", "原来的数 4.0")
    assert humidity.raw == "", "what was not corrected has no second number"
    assert shown.probes[0].calibrated == "1月14日校过"
    assert shown.calibrations == ["2026-01-14 温度 冰水 −0.50 任师傅"]


def test_a_calibration_of_another_probe_of_the_device_is_not_this_probe_s(scene: Scene) -> None:
    for position in ("a", "b"):
        scene.say("two", NOW, position, temperature=4.0)
    new = NewCalibration(device="two", position="a", metric="temperature", offset=0.1, method="ice", by=None)
    with scene.dbs.records.write() as tx:
        calibrations.calibrate(tx, NOW, new)
    cards = {card.position: card.calibrated for card in view_of(scene, "two").probes}
    assert cards == {"a": "1月14日校过", "b": "还没校过"}


def test_a_device_that_moved_tells_each_place_with_its_days(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        places.place(tx, NOW, NewPlacement(device=DOOR, position="", room=scene.rooms["1号库"], spot="pile"))
    assert sorted(view_of(scene).stood) == ["11月15日到1月14日 2号库 门边", "1月14日起 1号库 堆里"]


def test_a_placement_that_begins_later_is_not_told_as_a_place_where_it_stood(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        ice_baths.put_in(tx, NOW, DOOR, "", None)
    shown = view_of(scene)
    assert not any("起 2号库" in sentence for sentence in shown.stood)
    assert shown.probes[0].in_ice


def test_days_are_those_of_the_device_s_site(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        village = federation.add_village(tx, NOW, "新疆村")
        site = federation.add_site(tx, NOW, "西库区", village, timezone="America/New_York")
        room = places.add_room(tx, NOW, NewRoom(site=site, name="西1号库", kind="cold_room"))
        places.place(tx, NOW, NewPlacement(device="west", position="", room=room, spot="door"))
    scene.say("west", NOW, temperature=4.0)
    shown = view_of(scene, "west")
    assert shown.zone == "America/New_York"
    assert shown.stood == ["1月13日起 西1号库 门边"], "the 13th in New York while it is the 14th in Fenyang"


def test_messages_that_could_not_be_read_are_those_of_this_device_alone(scene: Scene) -> None:
    topics = (f"coldshed/v1/{DOOR}/readings", f"coldshed/v1/{DOOR}2/readings", "a/b/c")
    with scene.dbs.journal.write() as tx:
        for topic in topics:
            rejected.add_rejected(tx, NOW, topic, "not_json", "", b"x")
    assert [topic for topic, _, _ in view_of(scene).rejected] == [topics[0]]


def test_at_most_twenty_kinds_of_unreadable_messages_are_listed(scene: Scene) -> None:
    with scene.dbs.journal.write() as tx:
        for number in range(30):
            rejected.add_rejected(tx, NOW, f"coldshed/v1/{DOOR}/x{number}", "not_json", "", b"x")
    assert len(view_of(scene).rejected) == 20


def falling_battery(scene: Scene, a_day: float) -> None:
    days = [(DOOR, "", "battery", NOW - ago * DAY_MS, 50 + a_day * ago) for ago in range(40, -1, -1)]
    scene.write(days, NOW)


def test_a_falling_battery_says_how_long_it_will_do(scene: Scene) -> None:
    falling_battery(scene, 1.0)
    assert view_of(scene).battery_left.startswith("照这样电池还能用")
    assert "电池50%" in view_of(scene).facts


@pytest.mark.parametrize("a_day", [0.0, -1.0, 0.03])
def test_a_battery_that_holds_rises_or_lasts_for_years_promises_nothing(scene: Scene, a_day: float) -> None:
    falling_battery(scene, a_day)
    assert view_of(scene).battery_left == ""


def test_a_history_that_is_away_costs_the_forecast_and_not_the_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from web.devices import device_view as module

    def away(*_: object) -> None:
        raise StoreError("timed out")

    falling_battery(scene, 1.0)
    monkeypatch.setattr(module, "device_curve", away)
    assert view_of(scene).battery_left == ""


def test_a_name_given_by_people_is_shown_in_place_of_the_device_s_own(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        device_names.rename(tx, NOW, DOOR, "大门口", None)
    assert view_of(scene).device.name == "大门口"


def test_facts_that_nobody_knows_leave_no_empty_line(scene: Scene) -> None:
    with scene.dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW, {"new": "tasmota"})
    shown = view_of(scene, "new")
    assert shown.facts == ["tasmota"]
    assert all(view_of(scene).facts)


def test_a_certificate_stands_in_the_line_and_a_missing_one_leaves_no_gap() -> None:
    def line(**facts: object) -> str:
        usual = {
            "id": 1,
            "device": "d",
            "position": "门",
            "metric": "humidity",
            "offset": 2.0,
            "valid_from": NOW,
            "method": "laboratory",
            "reference": None,
            "measured": None,
            "done_at": NOW,
            "due_at": None,
            "certificate": "",
            "note": "",
            "by": None,
            "recorded_at": NOW,
        }
        calibration = calibrations.Calibration(**{**usual, **facts})  # type: ignore[arg-type]
        return calibration_line(calibration, ZH, "Asia/Shanghai", {7: "任师傅"})

    assert line(certificate="JL-7", by=7) == "2026-01-14 门 湿度 送检 +2 JL-7 任师傅"
    assert line(position="") == "2026-01-14 湿度 送检 +2"
    assert line(method="by ear") == "2026-01-14 门 湿度 by ear +2", "a method of a later version is shown"


def test_a_chart_of_one_probe_has_no_limits_and_no_readings_by_hand(shared_scene: Scene) -> None:
    drawn = device_chart(shared_scene.dbs, shared_scene.history, DOOR, "", "temperature", "day", NOW)
    assert (drawn["limits"], drawn["alerts"], drawn["by_hand"]) == ([], [], [])
    lengths = {len(drawn[name]) for name in ("at", "low", "mean", "high")}  # type: ignore[arg-type]
    assert len(lengths) == 1
    assert drawn["lowest"] <= drawn["highest"]  # type: ignore[operator]


def test_a_chart_of_a_probe_that_never_spoke_is_empty(shared_scene: Scene) -> None:
    drawn = device_chart(shared_scene.dbs, shared_scene.history, "nobody", "", "temperature", "year", NOW)
    assert (drawn["at"], drawn["lowest"], drawn["highest"]) == ([], None, None)


def test_a_span_that_is_none_is_an_error_of_ours(shared_scene: Scene) -> None:
    with pytest.raises(KeyError):
        device_chart(shared_scene.dbs, shared_scene.history, DOOR, "", "temperature", "century", NOW)


def test_the_page_is_told_in_english(shared_scene: Scene) -> None:
    shown = device_view(context_of_scene(shared_scene), EN, DOOR, NOW)
    assert shown is not None
    assert shown.state.startswith("online")
    assert shown.probes[0].calibrated.isascii()
