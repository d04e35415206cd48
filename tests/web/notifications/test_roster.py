from collections.abc import Callable
from datetime import UTC, datetime

from starlette.testclient import TestClient

from core.notifications.duty_weeks import assign_shifts, week_after, week_start
from core.times import DAY_MS, HOUR_MS
from store.notifications.roster import add_duty, clear, duties, on_duty
from store.people.federation import add_site
from store.people.people import set_active
from store.rooms.places import sites
from tests.web.scene import Scene

NOW = 1_768_331_986_000  # Wednesday, 03:19:46 in Fenyang
ZONE = "Asia/Shanghai"
SignIn = Callable[[str], TestClient]
MONDAY = week_start(NOW, ZONE)


def form(scene: Scene, **change: object) -> dict[str, object]:
    people = [str(scene.people["li"]), str(scene.people["keeper"]), ""]
    return {"key": "key-of-a-form", "site": "1", "first": "1", "weeks": "3", "person": people} | change


def rows(scene: Scene) -> list[tuple[int, int, int]]:
    with scene.dbs.records.read() as tx:
        return [(duty.person, duty.starts_at, duty.ends_at) for duty in duties(tx, 1)]


def test_a_week_begins_on_monday_at_eight_of_the_site() -> None:
    assert datetime.fromtimestamp(MONDAY / 1000, UTC) == datetime(2026, 1, 12, 0, tzinfo=UTC)
    assert week_start(MONDAY, ZONE) == MONDAY
    assert week_start(MONDAY - 1, ZONE) == MONDAY - 7 * DAY_MS
    assert week_start(NOW, ZONE, 2) == MONDAY + 14 * DAY_MS


def test_eight_stays_eight_where_clocks_are_changed() -> None:
    before = round(datetime(2026, 3, 23, 7, tzinfo=UTC).timestamp() * 1000)  # 08:00 in Berlin
    assert week_start(before, "Europe/Berlin") == before
    assert week_after(before, "Europe/Berlin") == before + 7 * DAY_MS - HOUR_MS
    assert assign_shifts(before, "Europe/Berlin", [7], 1) == [(7, before, before + 7 * DAY_MS - HOUR_MS)]


def test_weeks_go_in_turn_and_only_once(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    before = rows(scene)
    answer = admin.post("/roster/new", data=form(scene))
    assert answer.status_code == 409, "those on duty reach into next Monday"
    assert "这几周已经排了人" in answer.text
    assert "任师傅：1月19日 8:00到1月20日 3:19" in answer.text
    assert rows(scene) == before
    with scene.dbs.records.read() as tx:
        sure = " ".join(str(duty.id) for duty in duties(tx, 1))
    for _ in range(2):
        answer = admin.post("/roster/new", data=form(scene, sure=sure))
        assert answer.headers["location"] == "/roster?done=turns"
    first, keeper, li = MONDAY + 7 * DAY_MS, scene.people["keeper"], scene.people["li"]
    assert rows(scene) == [
        (keeper, NOW - DAY_MS, first),
        (li, NOW - DAY_MS, first),
        (li, first, first + 7 * DAY_MS),
        (keeper, first + 7 * DAY_MS, first + 14 * DAY_MS),
        (li, first + 14 * DAY_MS, first + 21 * DAY_MS),
    ]
    html = admin.get("/roster?done=turns").text
    assert "排好了" in html
    assert "2月2日 8:00到2月9日 8:00" in html


def test_only_what_was_shown_is_replaced(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    before = rows(scene)
    assert admin.post("/roster/new", data=form(scene, sure="1")).status_code == 409
    assert rows(scene) == before


def test_what_is_wrong_with_a_plan_is_said(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    for change, sentence in (
        ({"person": ["", ""]}, "至少选一个人"),
        ({"person": [str(scene.people["clerk"])]}, "这个人不能值班"),
        ({"weeks": "0"}, "排1到26周"),
        ({"weeks": "many"}, "排1到26周"),
        ({"first": ""}, "请选从哪周开始"),
        ({"site": "9"}, "请选库区"),
    ):
        answer = admin.post("/roster/new", data=form(scene, **change))
        assert answer.status_code == 422
        assert sentence in answer.text
    assert len(rows(scene)) == 2


def test_somebody_stands_in_for_the_rest_of_the_week(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    page = admin.get(f"/roster/week?site=1&start={MONDAY}").text
    assert "从现在起换人" in page
    duty_ids = page.split('name="known" value="')[1].split('"')[0]
    wanted = {"key": "key-of-a-form", "site": "1", "start": str(MONDAY), "known": duty_ids, "do": "put"}
    assert "请选谁来值班" in admin.post("/roster/week", data=wanted).text
    manager, li = str(scene.people["manager"]), str(scene.people["li"])
    twice = admin.post("/roster/week", data=wanted | {"person": li, "second": li})
    assert "两个人不能是同一个" in twice.text
    for _ in range(2):
        answer = admin.post("/roster/week", data=wanted | {"person": manager, "second": li})
        assert answer.headers["location"] == "/roster?done=week"
    with scene.dbs.records.read() as tx:
        assert [person.name for person in on_duty(tx, 1, NOW)] == ["王主任", "李师傅"]
        assert [person.name for person in on_duty(tx, 1, NOW - HOUR_MS)] == ["任师傅", "李师傅"]
        assert [person.name for person in on_duty(tx, 1, MONDAY + 7 * DAY_MS)] == ["任师傅", "李师傅"]
    stale = admin.post("/roster/week", data=wanted | {"key": "another-form", "person": li})
    assert stale.status_code == 409
    assert "刚才有人改过这一周" in stale.text


def test_a_week_is_left_to_nobody(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    page = admin.get(f"/roster/week?site=1&start={MONDAY}").text
    duty_ids = page.split('name="known" value="')[1].split('"')[0]
    wanted = {"key": "key-of-a-form", "site": "1", "start": str(MONDAY), "known": duty_ids, "do": "remove"}
    assert admin.post("/roster/week", data=wanted).headers["location"] == "/roster?done=remove"
    with scene.dbs.records.read() as tx:
        assert on_duty(tx, 1, NOW) == []
    assert "没排人" in admin.get("/roster").text


def test_a_week_that_is_over_or_none_is_not_found(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    for start in (MONDAY - 7 * DAY_MS, MONDAY + 1, 2**52):
        assert admin.get(f"/roster/week?site=1&start={start}").status_code == 404
    assert admin.get(f"/roster/week?site=9&start={MONDAY}").status_code == 404


def test_a_keeper_reads_the_roster_and_changes_nothing(scene: Scene, signed_in: SignIn) -> None:
    keeper = signed_in("keeper")
    html = keeper.get("/roster").text
    assert "任师傅、李师傅" in html
    assert "/roster/new" not in html
    assert keeper.get("/roster/new").status_code == 403
    assert keeper.get(f"/roster/week?site=1&start={MONDAY}").status_code == 403
    assert keeper.post("/roster/new", data=form(scene)).status_code == 403


def test_each_site_has_its_own_weeks(scene: Scene, signed_in: SignIn) -> None:
    admin = signed_in("admin")
    with scene.dbs.records.write() as tx:
        second = add_site(tx, NOW, "交口库区")
    assert "交口库区" in admin.get(f"/roster/new?site={second}").text
    answer = admin.post("/roster/new", data=form(scene, site=str(second), first="0"))
    assert answer.status_code == 303, "nobody stands in the way there"
    with scene.dbs.records.read() as tx:
        planned = duties(tx, second)
        assert len(duties(tx, 1)) == 2
    assert [duty.starts_at for duty in planned] == [NOW, MONDAY + 7 * DAY_MS, MONDAY + 14 * DAY_MS]


def test_one_who_left_is_shown_as_such(scene: Scene, signed_in: SignIn) -> None:
    with scene.dbs.records.write() as tx:
        set_active(tx, NOW, scene.people["li"], False)
    assert "离岗" in signed_in("admin").get("/roster").text


def test_clearing_cuts_a_duty_in_two_and_keeps_the_order(scene: Scene) -> None:
    with scene.dbs.records.write() as tx:
        site = sites(tx)[0].id
        clear(tx, NOW, site, NOW, NOW + HOUR_MS)
        add_duty(tx, NOW, site, scene.people["manager"], NOW, NOW + HOUR_MS)
        assert [person.name for person in on_duty(tx, site, NOW)] == ["王主任"]
        assert [person.name for person in on_duty(tx, site, NOW - 1)] == ["任师傅", "李师傅"]
        assert [person.name for person in on_duty(tx, site, NOW + HOUR_MS)] == ["任师傅", "李师傅"]
