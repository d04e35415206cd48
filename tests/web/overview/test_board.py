import re
from collections.abc import Callable

from starlette.testclient import TestClient

from core.overview.status import RoomState
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, MINUTE_MS
from store.catalogue import produce
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.notifications import roster
from store.overview import system_issues
from store.people import federation
from store.rooms import places
from tests.support.services import report
from tests.web.scene import Scene, app, seed
from web.base.localizer import Localizer
from web.base.request_context import render
from web.overview.board_view import board

SignIn = Callable[[str], TestClient]


def tiles(html: str) -> list[str]:
    """Each tile as plain words."""
    matches = re.findall(r'<a class="tile.*?</a>', html, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", tile).split()) for tile in matches]


def test_the_worst_room_comes_first_and_says_what_is_wrong(signed_in: SignIn) -> None:
    shown = tiles(signed_in("keeper").get("/").text)
    assert shown[0].startswith("3号库 危险 ↓要冻 1.2 度 刚刚 该在2.5到7度 土豆38吨")
    assert "看怎么办" in shown[0]
    assert shown[-1].startswith("5号库 空库")
    assert len(shown) == 14


def test_a_value_older_than_its_interval_is_never_big(signed_in: SignIn) -> None:
    html = signed_in("keeper").get("/").text
    silent = next(tile for tile in tiles(html) if tile.startswith("6号库"))
    assert "没数" in silent
    assert re.search(r"2小时1\d分没数", silent)
    assert re.search(r"1:0\d是\d\.\d度", silent)
    assert '<span class="figure"' not in html.split('id="room-6"')[1].split("</a>")[0]


def test_it_counts_what_needs_somebody(signed_in: SignIn) -> None:
    html = signed_in("keeper").get("/").text
    counts = re.findall(r'class="count \w+"><b>(\d+)</b>(\S+?)</span>', html)
    assert ("1", "危险") in counts
    assert ("1", "没数") in counts
    assert sum(int(n) for n, word in counts if word != "别的") == 14


def test_too_much_carbon_dioxide_is_told_with_its_own_limit(signed_in: SignIn) -> None:
    shed = next(tile for tile in tiles(signed_in("keeper").get("/").text) if tile.startswith("5号棚"))
    assert shed.startswith("5号棚 注意 该通风")
    assert "二氧化碳该在" in shed
    assert "二氧化碳1500" in shed


def test_it_speaks_english_where_the_screen_is_set_to_it(signed_in: SignIn) -> None:
    client = signed_in("keeper")
    answer = client.post("/lang", data={"lang": "en", "next": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    html = client.get("/").text
    assert "keep 2.5 to 7°" in html
    assert "potatoes 38 t" in html
    assert Localizer("en").state(RoomState.DANGER) in html  # the same words as everywhere


def test_every_page_of_the_demo_says_so(dbs: Databases, now: int) -> None:
    scene = seed(dbs, now, demo=True, past_days=0.1)
    with TestClient(app(scene, lambda: now)) as client:
        assert "演示" in client.get("/login").text
        client.post("/login", data={"username": "keeper", "password": "土豆要放好2026"})
        for path in ("/", "/rooms/1", "/alerts", "/stock", "/stock/receive", "/more", "/devices"):
            assert '<p class="demo"' in client.get(path).text


def test_a_piece_is_the_same_as_the_page_shows(signed_in: SignIn) -> None:
    client = signed_in("keeper")
    piece = client.get("/?part=board")
    assert piece.text.strip() in client.get("/").text
    assert "<html" not in piece.text


def test_a_person_name_cannot_carry_markup_into_the_page(scene: Scene, signed_in: SignIn, now: int) -> None:
    from store.rooms.places import add_room, sites

    with scene.dbs.records.write() as tx:
        add_room(tx, now, NewRoom(site=sites(tx)[0].id, name="<b>9号库", kind="cold_room"))
    html = signed_in("keeper").get("/").text
    assert "<b>9号库" not in html
    assert "&lt;b&gt;9号库" in html


def test_it_becomes_silent_by_time_alone(scene: Scene, now: int) -> None:
    clock = [now]
    with TestClient(app(scene, lambda: clock[0])) as client:
        client.post("/login", data={"username": "keeper", "password": "土豆要放好2026"})
        assert "1号库 正常" in " ".join(tiles(client.get("/").text))
        clock[0] += 40 * MINUTE_MS
        assert "1号库 没数" in " ".join(tiles(client.get("/").text))


def test_the_head_of_the_board_has_room_for_one_name(scene: Scene, signed_in: SignIn, now: int) -> None:
    assert "值班 任师傅</span>" in signed_in("keeper").get("/").text
    with scene.dbs.records.write() as tx:
        village = federation.villages(tx)[0].id
        site = federation.add_site(tx, now, "交口库区", village)
        places.add_room(tx, now, NewRoom(site=site, name="21号库", kind="cold_room"))
        roster.add_duty(tx, now, site, scene.people["li"], now - DAY_MS, now + DAY_MS)
    assert "值班 任师傅等2人</span>" in signed_in("keeper").get("/").text


def test_when_all_is_well_it_says_so_in_one_word(dbs: Databases, now: int) -> None:
    with dbs.records.write() as tx:
        federation.add_federation(tx, now, "联合社", "联合社", "jin", False)
        produce.seed(tx, now)
        site = federation.add_site(tx, now, "库区", federation.add_village(tx, now, "古池村", ""))
        room = places.add_room(
            tx, now, NewRoom(site=site, name="1号库", kind="cold_room", use="potato_table")
        )
        places.place(
            tx,
            now - DAY_MS,
            NewPlacement(device="d", position="", room=room, spot="door", valid_from=now - DAY_MS),
        )
    scene = Scene(dbs, SqliteHistory(dbs.history), {}, {}, {})
    scene.say("d", now - 1000, temperature=4.0, humidity=92.0)
    view = board(dbs, scene.history, Localizer("zh"), now)
    assert view is not None
    assert (view.calm, view.tiles[0].word) == ("1个都正常", "正常")


def test_a_board_without_rooms_points_nowhere(dbs: Databases, now: int) -> None:
    with dbs.records.write() as tx:
        federation.add_federation(tx, now, "联合社", "联合社", "jin", False)
    view = board(dbs, SqliteHistory(dbs.history), Localizer("zh"), now)
    assert view is not None
    assert (view.calm, list(view.tiles)) == ("", [])
    assert "还没有库和棚。建好以后会出现在这里。" in render(
        "overview/board_piece.html", Localizer("zh"), board=view
    )


def test_troubles_of_our_own_parts_are_told_to_those_who_can_mend_them(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    with scene.dbs.records.write() as tx:
        for name in ("history_away", "history_missed", "journal_unreadable", "something_new"):
            system_issues.note(tx, name, "disk full", now - 90 * MINUTE_MS)
    sentences = (
        "收数的程序没动静了",
        "历史库写不进去，已经1小时30分",
        "历史里缺了",
        "有1段存下的数读不出来",
        "“something_new”有毛病：disk full",
    )
    admin = signed_in("admin")
    for page in ("/", "/?part=board", "/devices"):
        html = admin.get(page).text
        assert all(text in html.replace("&#34;", '"') for text in sentences), page
    admin.post("/lang", data={"lang": "en"})
    assert "The history cannot be written" in admin.get("/").text
    admin.post("/lang", data={"lang": "zh"})
    keeper = signed_in("keeper")
    for page in ("/", "/devices"):
        assert sentences[0] not in keeper.get(page).text
    with scene.dbs.records.write() as tx:
        system_issues.clear(tx, "history_away", now)
    assert sentences[1] not in signed_in("admin").get("/").text


def test_a_service_that_hangs_is_told_within_its_minute_and_only_once(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    admin = signed_in("admin")
    report(scene.dbs.data_dir, "alerts", quiet_s=61)
    report(scene.dbs.data_dir, "ingest", quiet_s=61)
    html = admin.get("/").text
    assert "报警的程序卡住了，1分钟没动静，这时没人会收到报警" in html
    assert "收数的程序卡住了，1分钟没动静，这时收不到数" in html
    assert "收数的程序没动静了" not in html
    report(scene.dbs.data_dir, "alerts")
    assert "报警的程序卡住了" not in admin.get("/").text


def test_a_restart_is_told_for_a_while_and_what_is_judged_at_each_look_is_not_told_twice(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    with scene.dbs.records.write() as tx:
        system_issues.note(tx, "restarted.alerts", "75", now)
        system_issues.note(tx, "service.record", "hung", now)
    html = signed_in("admin").get("/").text
    assert "卡住75秒没动静，已自动重启" in html
    assert "没干活" not in html


def test_a_room_with_a_silent_and_a_speaking_probe_says_so_on_its_tile(
    scene: Scene, signed_in: SignIn, now: int
) -> None:
    with scene.dbs.records.write() as tx:
        placed = places.placements(tx, room=scene.rooms["1号库"])
        new = NewPlacement(
            device="mute", position="", room=placed[0].room, spot="middle", valid_from=now - DAY_MS
        )
        places.place(tx, now - DAY_MS, new)
    shown = next(tile for tile in tiles(signed_in("keeper").get("/").text) if tile.startswith("1号库"))
    assert "个探头有1个没数" in shown
