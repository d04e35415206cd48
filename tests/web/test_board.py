import re
from collections.abc import Callable

from starlette.testclient import TestClient

from core.readings import MINUTE
from store.database import Databases
from tests.web.scene import Scene, app, seed
from web.words import Words

SignIn = Callable[[str], TestClient]


def tiles(html: str) -> list[str]:
    """Each tile as plain words."""
    found = re.findall(r'<a class="tile.*?</a>', html, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", tile).split()) for tile in found]


def test_the_worst_room_comes_first_and_says_what_is_wrong(signed_in: SignIn) -> None:
    found = tiles(signed_in("keeper").get("/").text)
    assert found[0].startswith("3号库 危险 ↓要冻 1.2 度 刚刚 该在2.5到7度 土豆38吨")
    assert "看怎么办" in found[0]
    assert found[-1].startswith("5号库 空库")
    assert len(found) == 14


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
    assert Words("en").state  # the same words as everywhere


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
    from store.places import add_room, sites

    with scene.dbs.records.write() as tx:
        add_room(tx, now, sites(tx)[0].id, "<b>9号库", "cold_room")
    html = signed_in("keeper").get("/").text
    assert "<b>9号库" not in html
    assert "&lt;b&gt;9号库" in html


def test_it_becomes_silent_by_time_alone(scene: Scene, now: int) -> None:
    clock = [now]
    with TestClient(app(scene, lambda: clock[0])) as client:
        client.post("/login", data={"username": "keeper", "password": "土豆要放好2026"})
        assert "1号库 正常" in " ".join(tiles(client.get("/").text))
        clock[0] += 40 * MINUTE
        assert "1号库 没数" in " ".join(tiles(client.get("/").text))
