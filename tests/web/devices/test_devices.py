"""设备: what says nothing comes first, the one in the hand above it, and what a technician does with one."""

import json
import math
from collections.abc import Callable
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from core.people.people import NewPerson
from core.readings.calibrations import NewCalibration
from core.rooms.places import NewPlacement
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.alerts.engine_state import StoredProbe, save_probes
from store.decoding import rejected
from store.devices import device_names, devices, ice_baths, probe_removals
from store.journal.series import all_series
from store.people import people
from store.readings import calibrations
from store.rooms import places
from tests.web.scene import PASSWORD, Scene
from web.devices.device_list_view import probe_key

NOW = 1_768_331_986_000
SignIn = Callable[[str], TestClient]
OLD = probe_key("3号库-door", "")


def speak(
    scene: Scene, device: str, course: Callable[[float], float], family: str = "coldshed", **more: float
) -> None:
    """A quarter of an hour every 20 s; `course` gives °C for the seconds before now (negative)."""
    readings = [
        (device, "", metric, NOW - s * 1000, value)
        for s in range(900, -1, -20)
        for metric, value in {"temperature": round(course(-s), 2), **more}.items()
    ]
    for series in readings:
        scene.write([series], series[3])
    with scene.dbs.journal.write() as tx:
        devices.record_last_seen(tx, NOW, {device: family})


def held(start: float, since_s: float) -> Callable[[float], float]:
    return lambda at: start if at < -since_s else 31 + (start - 31) * math.exp(-(at + since_s) / 80)


def bath(offset: float) -> Callable[[float], float]:
    return lambda at: 22.0 if at < -660 else offset + (22 - offset) * math.exp(-(at + 660) / 60)


def section(html: str, title: str) -> str:
    return html.split(f"<h2>{title}</h2>")[1].split("<h2>")[0]


def test_the_probe_in_the_hand_is_on_top_although_others_are_warmer(scene: Scene, signed_in: SignIn) -> None:
    for number in range(20):
        speak(scene, f"new-{number:02d}", lambda at, n=number: -15 + 2.4 * n + 0.1 * math.sin(at))  # type: ignore[misc]
    speak(scene, "mine", held(4.0, 40))
    html = signed_in("keeper").get("/devices").text
    assert html.index("手里的这个") < html.index("新设备")
    top = section(html, "手里的这个")
    assert top.count("<li") == 1
    assert "mine" in top
    assert "在升温 ↑" in top
    assert "就是这个" in top
    assert "mine" not in section(html, "新设备")
    assert section(html, "新设备").index("new-19") < section(html, "新设备").index("new-00")


def test_a_placed_probe_in_the_hand_says_where_it_stands(scene: Scene, signed_in: SignIn) -> None:
    speak(scene, "2号库-back", held(4.0, 60))
    top = section(signed_in("keeper").get("/devices").text, "手里的这个")
    assert "2号库 最里" in top
    assert "就是这个" not in top


def test_what_says_nothing_comes_first_with_all_that_the_technician_needs(
    scene: Scene, signed_in: SignIn
) -> None:
    heard = NOW - 3 * HOUR_MS
    scene.say("dead", heard, temperature=3.9, battery=12, signal=-88)
    with scene.dbs.journal.write() as tx:
        devices.record_last_seen(tx, heard, {"dead": "shelly"})
    with scene.dbs.records.write() as tx:
        places.place(
            tx,
            NOW,
            NewPlacement(
                device="dead",
                position="",
                room=scene.rooms["6号库"],
                spot="back",
                by=scene.people["keeper"],
                valid_from=NOW - 9 * DAY_MS,
            ),
        )
        device_names.rename(tx, NOW - DAY_MS, "dead", "靠墙那个", scene.people["li"])
    quiet = section(signed_in("keeper").get("/devices").text, "哪里没数")
    words = ("6号库 最里", "靠墙那个", "3小时没数", "电池12%", "信号差", "李师傅起的名", "带电池")
    assert [word for word in words if word not in quiet] == []


def test_a_probe_that_was_put_in_a_room_and_never_spoke_is_not_forgotten(
    scene: Scene, signed_in: SignIn
) -> None:
    with scene.dbs.records.write() as tx:
        places.place(
            tx,
            NOW,
            NewPlacement(
                device="never", position="", room=scene.rooms["6号库"], spot="middle", valid_from=NOW - DAY_MS
            ),
        )
    client = signed_in("keeper")
    quiet = section(client.get("/devices").text, "哪里没数")
    assert "never" in quiet
    assert "还没来过数" in quiet
    assert "还没来过数" in client.get("/devices/one?device=never").text


def test_a_contact_at_a_door_is_a_probe_that_says_whether_it_is_open(scene: Scene, signed_in: SignIn) -> None:
    for name in ("contact-1", "contact-2"):
        scene.say(name, NOW - MINUTE_MS, door=1.0, battery=76)
        with scene.dbs.journal.write() as tx:
            devices.record_last_seen(tx, NOW - MINUTE_MS, {name: "coldshed"})
    with scene.dbs.records.write() as tx:
        places.place(
            tx,
            NOW,
            NewPlacement(
                device="contact-1",
                position="",
                room=scene.rooms["6号库"],
                spot="door",
                valid_from=NOW - DAY_MS,
            ),
        )
    html = signed_in("keeper").get("/devices").text
    assert "contact-1" in section(html, "放好的")
    assert "contact-2" in section(html, "新设备")
    assert "门开着" in section(html, "新设备")
    assert "哪里没数" not in html
    page = signed_in("keeper").get("/devices/one?device=contact-1").text
    assert "记校验" not in page
    assert "冰水校准" not in page


def test_silence_is_measured_by_the_devices_own_interval(scene: Scene, signed_in: SignIn) -> None:
    """Twenty minutes are much for a device that speaks every minute, and nothing for one of two hours."""
    for name in ("fast", "slow"):
        scene.say(name, NOW - 100 * MINUTE_MS, temperature=3.9)
        with scene.dbs.journal.write() as tx:
            devices.record_last_seen(tx, NOW - 100 * MINUTE_MS, {name: "coldshed"})
    with scene.dbs.journal.read() as tx:
        number = {series.device: series.id for series in all_series(tx).values()}
    with scene.dbs.records.write() as tx:
        for name, interval in (("fast", MINUTE_MS), ("slow", 2 * HOUR_MS)):
            places.place(
                tx,
                NOW,
                NewPlacement(
                    device=name,
                    position="",
                    room=scene.rooms["6号库"],
                    spot="middle",
                    valid_from=NOW - DAY_MS,
                ),
            )
            save_probes(tx, [StoredProbe(number[name], NOW, 3.9, False, 0, interval)])
    client = signed_in("keeper")
    quiet = section(client.get("/devices").text, "哪里没数")
    assert "fast" in quiet
    assert "slow" not in quiet
    assert "通常2小时一次" in client.get("/devices/one?device=slow").text
    assert "1小时40分没数" in client.get("/devices/one?device=fast").text


def test_a_device_that_says_itself_that_it_is_gone_is_quiet_at_once(scene: Scene, signed_in: SignIn) -> None:
    scene.say("2号库-back", NOW - MINUTE_MS, temperature=4.0)
    with scene.dbs.journal.write() as tx:
        tx.exec_driver_sql("UPDATE latest SET received_at = ?", (NOW - MINUTE_MS,))
        tx.exec_driver_sql("UPDATE devices SET last_seen = ?", (NOW - MINUTE_MS,))
        devices.record_availability(tx, NOW, "2号库-back", "coldshed", False)
    client = signed_in("keeper")
    assert "2号库 最里" in section(client.get("/devices").text, "哪里没数")
    assert "它自己说断了" in client.get("/devices/one?device=2号库-back").text


def test_a_silent_gateway_is_named_once_for_what_stands_behind_it(scene: Scene, signed_in: SignIn) -> None:
    for name in ("behind-1", "behind-2"):
        scene.say(name, NOW - 5 * HOUR_MS, temperature=3.9, battery=90)
        with scene.dbs.journal.write() as tx:
            devices.record_last_seen(tx, NOW - 5 * HOUR_MS, {name: "zigbee2mqtt"})
            devices.describe(tx, {name: devices.DeviceDescription(gateway="z2m-barn")})
        with scene.dbs.records.write() as tx:
            places.place(
                tx,
                NOW,
                NewPlacement(
                    device=name,
                    position="",
                    room=scene.rooms["6号库"],
                    spot="middle",
                    valid_from=NOW - DAY_MS,
                ),
            )
    quiet = section(signed_in("keeper").get("/devices").text, "哪里没数")
    assert quiet.count("先看网关") == 2
    assert "备用探头" not in quiet


def test_a_technician_stands_before_the_devices_after_signing_in(scene: Scene, guest: TestClient) -> None:
    with scene.dbs.records.write() as tx:
        kept = tx.exec_driver_sql("SELECT password_hash FROM people WHERE username = 'keeper'").scalar()
        people.add_person(
            tx, NOW, NewPerson(name="村技术员", role="technician", username="tech", password_hash=str(kept))
        )
    answer = guest.post("/login", data={"username": "tech", "password": PASSWORD, "next": "/"})
    assert answer.headers["location"] == "/devices"
    assert "冰水校准" in guest.get("/devices").text


# --- one device --------------------------------------------------------------------------------------


def test_its_page_shows_what_was_measured_beside_what_is_shown(scene: Scene, signed_in: SignIn) -> None:
    with scene.dbs.records.write() as tx:
        calibrations.calibrate(
            tx,
            NOW,
            NewCalibration(
                device="3号库-door",
                position="",
                metric="temperature",
                offset=-0.3,
                method="ice",
                by=scene.people["keeper"],
            ),
        )
    with scene.dbs.journal.write() as tx:
        rejected.add_rejected(tx, NOW, "coldshed/v1/3号库-door/readings", "not_json", "", b"hello")
        rejected.add_rejected(tx, NOW, "coldshed/v1/other/readings", "not_json", "", b"hello")
    html = signed_in("keeper").get("/devices/one?device=3号库-door").text
    for word in (
        "0.9度",
        "原来的数 1.2",
        "3号库 门边",
        "−0.30",
        "coldshed/v1/3号库-door/readings",
        "任师傅校的",
    ):
        assert word in html
    assert "coldshed/v1/other" not in html


def test_an_unknown_device_is_a_page_with_a_sentence(signed_in: SignIn) -> None:
    client = signed_in("keeper")
    for path in ("one", "label"):
        answer = client.get(f"/devices/{path}?device=nobody")
        assert answer.status_code == 404
        assert "没有这个设备" in answer.text
    assert client.get(f"/devices/replace?probe={quote(probe_key('nobody', ''))}").status_code == 404
    assert client.get("/devices/replace?probe=rubbish").status_code == 400


def test_its_curve_is_that_of_one_probe_and_corrected(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    before = client.get("/devices/curve?device=2号库-back").json()
    with scene.dbs.records.write() as tx:
        calibrations.calibrate(
            tx,
            NOW,
            NewCalibration(
                device="2号库-back",
                position="",
                metric="temperature",
                offset=1.0,
                method="ice",
                by=None,
                done_at=NOW - 2 * DAY_MS,
            ),
        )
    after = client.get("/devices/curve?device=2号库-back").json()
    assert after["highest"] == pytest.approx(before["highest"] + 1.0)
    assert after["at"] == before["at"]
    assert after["by_hand"] == []


def test_a_name_is_given_and_a_bad_one_refused(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    assert client.post("/devices/name", data={"device": "kuwai", "name": "库外百叶箱"}).status_code == 303
    assert "库外百叶箱" in client.get("/devices").text
    answer = client.post("/devices/name", data={"device": "kuwai", "name": "长" * 21})
    assert answer.status_code == 409
    assert "名字太长了" in answer.text


def test_a_probe_is_taken_away_and_is_new_again(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    speak(scene, "2号库-back", lambda _at: 4.0)
    for _ in range(2):
        assert client.post("/devices/away", data={"probe": probe_key("2号库-back", "")}).status_code == 303
    assert "2号库-back" in section(client.get("/devices").text, "新设备")
    page = client.get("/devices/one?device=2号库-back").text
    assert "还没放" in page
    assert "1月14日 2号库 最里" in page


# --- replacing -----------------------------------------------------------------------------------------


def test_a_broken_probe_is_replaced_by_two_taps_from_its_page(scene: Scene, signed_in: SignIn) -> None:
    speak(scene, "spare-warm", lambda _at: 25.0)
    speak(scene, "spare-mine", held(20.0, 60))
    client = signed_in("keeper")
    link = f"/devices/replace?probe={quote(OLD, safe='')}"
    assert link in client.get("/devices/one?device=3号库-door").text.replace("&#34;", "%22")
    html = client.get(link).text
    assert "3号库 门边 换成哪个" in html
    assert html.index("spare-mine") < html.index("spare-warm")
    answer = client.post("/devices/replace", data={"probe": OLD, "new": probe_key("spare-mine", "")})
    assert answer.headers["location"] == f"/rooms/{scene.rooms['3号库']}"
    html = client.get("/devices").text
    assert "3号库-door" in section(html, "换下来的")
    assert "1月14日换下来的 任师傅" in section(html, "换下来的")
    with scene.dbs.records.read() as tx:
        placed = places.placements(tx, at=NOW, room=scene.rooms["3号库"])
    assert {placement.device for placement in placed if placement.spot == "door"} == {"spare-mine"}
    again = client.post("/devices/replace", data={"probe": OLD, "new": probe_key("spare-mine", "")})
    assert again.status_code == 409
    assert "没放在哪个库" in again.text


def test_scanning_the_old_code_and_then_the_new_one_is_enough(scene: Scene, signed_in: SignIn) -> None:
    speak(scene, "spare", lambda _at: 20.0)
    client = signed_in("keeper")
    assert "用这个换下" not in client.get("/devices/one?device=spare&scan=1").text
    client.get("/devices/one?device=3号库-door&scan=1")
    html = client.get("/devices/one?device=spare&scan=1").text
    assert "用这个换下 3号库 门边 (3号库-door)" in html
    assert 'name="new" value="[&#34;spare&#34;, &#34;&#34;]"' in html
    data = {"probe": OLD, "new": probe_key("spare", "")}
    assert client.post("/devices/replace", data=data).status_code == 303
    with scene.dbs.records.read() as tx:
        assert [removal.new_device for removal in probe_removals.probe_removals(tx)] == ["spare"]
    assert "用这个换下" not in client.get("/devices/one?device=3号库-door&scan=1").text


def test_its_label_leads_to_its_page(signed_in: SignIn) -> None:
    html = signed_in("keeper").get("/devices/label?device=3号库-door").text
    assert "<svg" in html
    assert "3号库-door" in html


# --- calibrating ---------------------------------------------------------------------------------------


def test_ice_water_takes_two_taps_and_the_room_is_not_told_of_it(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.write() as tx:
        ice_baths.put_in(tx, NOW - 11 * MINUTE_MS, "2号库-back", "", scene.people["keeper"])
    speak(scene, "2号库-back", bath(0.4))
    html = client.get("/devices/ice").text
    assert "稳了" in html
    assert "0.40度" in html
    room = f"/rooms/{scene.rooms['2号库']}"
    assert "最里的探头在冰水里校准" in client.get(room).text
    key = probe_key("2号库-back", "")
    assert client.post("/devices/ice/zero", data={"probe": key}).status_code == 303
    assert client.post("/devices/ice/zero", data={"probe": key}).status_code == 303
    with scene.dbs.records.read() as tx:
        (done,) = calibrations.calibrations(tx)
        assert places.placements(tx, at=NOW, room=scene.rooms["2号库"])[0].device != "2号库-back"
    assert (done.offset, done.by) == (-0.4, scene.people["keeper"])
    assert "最里的探头刚校完，10分钟后又算数" in client.get(room).text
    record = client.get("/devices/calibrations").text
    assert "−0.40" in record
    assert "任师傅" in record


def test_many_in_one_pot_and_the_one_that_still_changes_is_not_among_the_ready(
    scene: Scene, signed_in: SignIn
) -> None:
    client = signed_in("keeper")
    names = ["pot-1", "pot-2", "pot-3"]
    for number, name in enumerate(names):
        speak(scene, name, bath(0.1 * number) if number < 2 else held(3.0, 60))
        with scene.dbs.records.write() as tx:
            ice_baths.put_in(tx, NOW - 11 * MINUTE_MS, name, "", None)
    html = client.get("/devices/ice").text
    assert "稳了的2个都记为0度" in html
    answer = client.post("/devices/ice/zero", data={"probe": [probe_key(name, "") for name in names]})
    assert answer.status_code == 409
    with scene.dbs.records.read() as tx:
        assert calibrations.calibrations(tx) == []
    ready = [probe_key(name, "") for name in names[:2]]
    assert client.post("/devices/ice/zero", data={"probe": ready}).status_code == 303
    with scene.dbs.records.read() as tx:
        offsets = {calibration.device: calibration.offset for calibration in calibrations.calibrations(tx)}
    assert offsets == {"pot-1": 0.0, "pot-2": -0.1}


def test_into_the_pot_go_those_that_are_chosen(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    assert client.post("/devices/ice/put", data={}).status_code == 422
    chosen = [probe_key("2号库-back", ""), probe_key("3号库-back", "")]
    assert client.post("/devices/ice/put", data={"probe": chosen}).status_code == 303
    assert client.get("/devices/ice").text.count("不记了，拿出来") == 2
    client.post("/devices/ice/out", data={"probe": chosen[0]})
    assert client.get("/devices/ice?part=1").text.count("不记了，拿出来") == 1


def test_a_calibration_is_typed_in_once_however_often_it_is_pressed(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    fields = {
        "key": "form-of-a-calibration",
        "probe": OLD,
        "metric": "temperature",
        "reference": "零下2",
        "measured": "-1,6",
        "method": "laboratory",
        "done_at": "2026-01-10",
        "due_at": "2027-01-10",
        "certificate": "JL2026-0113",
    }
    assert "记校验" in client.get(f"/devices/calibrate?probe={quote(OLD)}").text
    for _ in range(2):
        assert client.post("/devices/calibrate", data=fields).status_code == 303
    with scene.dbs.records.read() as tx:
        (done,) = calibrations.calibrations(tx)
    assert (done.offset, done.certificate, done.measured) == (-0.4, "JL2026-0113", -1.6)
    assert "2027-01-10" in client.get("/devices/calibrations").text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"measured": "很多"}, "不是数"),
        ({"measured": "30"}, "太多了"),
        ({"metric": "co2"}, "请选校的是什么"),
        ({"done_at": "昨天"}, "日子不对"),
        ({"done_at": ""}, "请填校验的日子"),
        ({"done_at": "2026-02-10"}, "时间还没到"),
        ({"due_at": "2026-01-01"}, "到期的日子要在校验的日子之后"),
        ({"method": "guess"}, "没有这种校法"),
    ],
)
def test_what_is_wrong_with_it_is_said_and_nothing_kept(
    scene: Scene, signed_in: SignIn, change: dict[str, str], sentence: str
) -> None:
    fields = {"key": "form-number-two", "probe": OLD, "metric": "temperature", "reference": "0"}
    fields |= {"measured": "0.4", "method": "compared", "done_at": "2026-01-10", "due_at": "2027-01-10"}
    answer = signed_in("keeper").post("/devices/calibrate", data=fields | change)
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    with scene.dbs.records.read() as tx:
        assert calibrations.calibrations(tx) == []


def test_who_may_only_look_changes_nothing(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("clerk")
    for path, data in (
        ("place", {"device": "kuwai", "room": "1", "spot": "door"}),
        ("replace", {"probe": OLD, "new": probe_key("kuwai", "")}),
        ("away", {"probe": OLD}),
        ("name", {"device": "kuwai", "name": "x"}),
        ("ice/put", {"probe": OLD}),
        ("ice/zero", {"probe": OLD}),
        ("ice/out", {"probe": OLD}),
        ("calibrate", {"probe": OLD}),
    ):
        assert client.post(f"/devices/{path}", data=data).status_code == 403, path
    page = client.get("/devices/one?device=3号库-door").text
    assert "换探头" not in page
    assert "拿走" not in page
    assert client.get("/devices/ice").status_code == 403
    assert json.loads(client.get("/devices/curve?device=3号库-door").text)["at"]


def test_it_is_said_in_english_too(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    client.cookies.set("lang", "en")
    speak(scene, "mine", held(4.0, 40))
    html = client.get("/devices").text
    assert "The one in the hand" in html
    assert "rising ↑" in html
    assert "usually" not in html
    assert "This is 0°C" in client.get("/devices/ice").text
