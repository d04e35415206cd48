"""What cannot be believed is shown as such, and never as how the room is."""

from collections.abc import Callable

from starlette.testclient import TestClient

from core.overview.system_issue_texts import CLOCK_AHEAD
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Flag, Reading
from core.times import HOUR_MS, MINUTE_MS
from store.devices import clock_offsets, usual_ages
from store.journal import journal, latest, series
from store.overview import system_issues
from tests.web.scene import PASSWORD, Scene

SignIn = Callable[[str], TestClient]
DOOR, BACK, PILE = "2号库-door", "2号库-back", "2号库-pile"


def say(
    scene: Scene, at: int, device: str, flag: Flag, metric: str = "temperature", value: float = 85.0
) -> None:
    """A reading that the listener marked."""
    with scene.dbs.journal.write() as tx:
        reading = Reading(series.get_or_make(tx, device, metric, "", at), at, value, int(flag))
        seq = journal.append(tx, at, journal.READINGS, batch_body([reading], []))
        latest.put(tx, at, [reading])
    scene.history.write([reading], seq, at)


def tile(html: str, room: int) -> str:
    return html.split(f'id="room-{room}"')[1].split("</a>")[0]


def test_a_tile_says_which_probe_is_doubtful_and_shows_what_the_others_measure(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    say(scene, now, DOOR, Flag.IMPLAUSIBLE)
    shown = tile(signed_in("keeper").get("/").text, scene.rooms["2号库"])
    assert "门边数不准" in shown
    assert "正常" in shown
    assert "85" not in shown


def test_a_room_that_only_a_doubtful_probe_sees_has_no_value(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    room = "1号棚"
    say(scene, now, f"{room}-middle", Flag.IMPLAUSIBLE)
    shown = tile(signed_in("keeper").get("/").text, scene.rooms[room])
    assert "没数" in shown
    assert "中间报85.0度，数不准" in shown


def test_the_room_says_why_each_probe_is_doubted(scene: Scene, signed_in: SignIn, now: int) -> None:
    say(scene, now, DOOR, Flag.STUCK, value=4.0)
    say(scene, now, BACK, Flag.STEP, value=38.0)
    say(scene, now, PILE, Flag.PINNED, "humidity", 100.0)
    html = signed_in("keeper").get(f"/rooms/{scene.rooms['2号库']}").text
    for text in ("数不准：一直不动", "数不准：突然跳得离谱", "数不准：停在一头不动", "门边等3处数不准"):
        assert text in html


def test_a_probe_that_fell_silent_is_silent_and_no_longer_doubtful(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    say(scene, now - 300 * MINUTE_MS, "1号棚-lone", Flag.STUCK)
    assert "lone" not in signed_in("keeper").get("/").text
    shown = tile(signed_in("keeper").get("/").text, scene.rooms["1号棚"])
    assert "数不准" not in shown


def test_the_chart_draws_doubtful_points_apart_and_keeps_them_out_of_the_curve(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    for minutes in (30, 20, 10):
        say(scene, now - minutes * MINUTE_MS, DOOR, Flag.IMPLAUSIBLE)
    client = signed_in("keeper")
    where = f"/rooms/{scene.rooms['2号库']}/curve"
    drawn = client.get(where).json()
    assert [mark["value"] for mark in drawn["doubtful"]] == [85.0] * 3
    assert drawn["highest"] < 20


def test_the_api_gives_doubtful_points_to_who_asks_for_them(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    say(scene, now - MINUTE_MS, DOOR, Flag.STEP, value=40.0)
    client = signed_in("keeper")
    token = client.post("/api/v1/token", data={"username": "keeper", "password": PASSWORD}).json()[
        "access_token"
    ]
    head = {"Authorization": f"Bearer {token}"}
    where = f"/api/v1/rooms/{scene.rooms['2号库']}/history"
    assert "doubtful" not in client.get(where, headers=head).json()
    [point] = client.get(f"{where}?doubtful=true", headers=head).json()["doubtful"]
    assert (point["value"], point["flags"]) == (40.0, ["step"])


def test_a_technician_reads_whose_clock_is_hours_off(scene: Scene, signed_in: SignIn, now: int) -> None:
    with scene.dbs.journal.write() as tx:
        clock_offsets.set_clock_offset(tx, DOOR, 8 * HOUR_MS, now)
    client = signed_in("admin")
    assert "2号库-door的时钟差8小时（慢），数已按对的时间记" in client.get("/").text
    assert "时钟差8小时" in client.get("/devices").text
    with scene.dbs.journal.write() as tx:
        clock_offsets.clear_clock_offset(tx, DOOR)
    assert "时钟差" not in client.get("/").text


def test_a_technician_reads_which_device_is_always_late(scene: Scene, signed_in: SignIn, now: int) -> None:
    with scene.dbs.journal.write() as tx:
        usual_ages.set_usual_age(tx, DOOR, 11 * MINUTE_MS, now)
    client = signed_in("admin")
    for page in ("/devices", f"/devices/one?device={DOOR}"):
        assert "数总是晚11分钟到（时钟慢或上传慢），照样看着" in client.get(page).text
    with scene.dbs.journal.write() as tx:
        usual_ages.clear_usual_age(tx, DOOR)
    assert "总是晚" not in client.get("/devices").text


def test_a_machine_whose_clock_is_behind_what_it_kept_says_so(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    with scene.dbs.journal.write() as tx:
        journal.append(tx, now + HOUR_MS, journal.HEARTBEAT, encode(Heartbeat(True)))
    assert "本机时钟不准：比存下的数慢了1小时。请对时" in signed_in("admin").get("/").text


def test_a_machine_whose_clock_is_ahead_of_its_devices_says_so_once(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    with scene.dbs.journal.write() as tx:
        journal.append(tx, now, journal.HEARTBEAT, encode(Heartbeat(True, clock_lead=HOUR_MS)))
    with scene.dbs.records.write() as tx:
        system_issues.note(tx, CLOCK_AHEAD, "60 min", now)
    page = signed_in("admin").get("/").text
    assert "本机时钟不准：比设备的钟快了1小时。库房照样看着。请对时" in page
    assert page.count("请对时") == 1
