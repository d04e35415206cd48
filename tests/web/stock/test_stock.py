import re
from collections.abc import Callable

from starlette.testclient import TestClient

from store.rooms.stock_on_hand import contents
from store.stock.lots import lots
from store.stock.movements import movements
from tests.web.scene import Scene

SignIn = Callable[[str], TestClient]


def key_of(html: str) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html)
    assert match
    return match[1]


def truck(scene: Scene, key: str, **other: str) -> dict[str, str]:
    fields = {
        "key": key,
        "produce": "potato_table",
        "cooperative": str(scene.cooperatives["交口种植合作社"]),
        "room": str(scene.rooms["2号库"]),
        "gross": "8600",
        "tare": "200",
        "off": "",
        "bags": "105",
    }
    return fields | other


def test_a_truck_is_booked_once_however_often_the_button_is_pressed(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    key = key_of(client.get("/stock/receive").text)
    first = client.post("/stock/receive", data=truck(scene, key))
    again = client.post("/stock/receive", data=truck(scene, key))
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    with scene.dbs.records.read() as tx:
        assert len(lots(tx)) == 7
        newest = movements(tx, limit=1)[0]
    assert newest.grams == 8400 * 500
    assert "毛重8600 皮重200斤" in newest.reason
    page = client.get(first.headers["location"]).text
    assert "入库记好了" in page
    assert "8,400斤" in page


def test_the_same_form_with_other_numbers_is_not_booked_silently(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    key = key_of(client.get("/stock/receive").text)
    client.post("/stock/receive", data=truck(scene, key))
    answer = client.post("/stock/receive", data=truck(scene, key, gross="9000"))
    assert answer.status_code == 409
    assert "这一笔已经记过了" in answer.text
    with scene.dbs.records.read() as tx:
        assert len(lots(tx)) == 7


def test_a_form_without_a_key_books_nothing(scene: Scene, signed_in: SignIn) -> None:
    assert signed_in("keeper").post("/stock/receive", data=truck(scene, "")).status_code == 400


def test_what_was_typed_stays_and_the_sentence_stands_at_its_field(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    answer = client.post("/stock/receive", data=truck(scene, "k" * 20, gross="8千斤", bags="105"))
    assert answer.status_code == 422
    assert 'value="8千斤"' in answer.text
    assert 'value="105"' in answer.text
    assert re.search(r'id="wrong-gross">[^<]*8千', answer.text)


def test_tare_above_gross_is_refused(scene: Scene, signed_in: SignIn) -> None:
    answer = signed_in("keeper").post("/stock/receive", data=truck(scene, "k" * 20, tare="9000"))
    assert answer.status_code == 422
    assert "皮重和扣杂比毛重还大" in answer.text


def test_full_width_digits_and_tonnes_are_understood(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    answer = client.post("/stock/receive", data=truck(scene, "k" * 20, gross="８．５吨", tare="", bags=""))
    assert answer.status_code == 303
    with scene.dbs.records.read() as tx:
        assert movements(tx, limit=1)[0].grams == 8_500_000


def test_sweet_potatoes_do_not_go_to_potatoes(scene: Scene, signed_in: SignIn) -> None:
    answer = signed_in("keeper").post("/stock/receive", data=truck(scene, "k" * 20, produce="sweetpotato"))
    assert answer.status_code == 409
    assert 'id="wrong-room"' in answer.text
    with scene.dbs.records.read() as tx:
        assert len(lots(tx)) == 6


def test_a_room_that_gets_too_full_is_said_before_and_may_be_done_all_the_same(
    scene: Scene, signed_in: SignIn
) -> None:
    client = signed_in("keeper")
    fields = truck(scene, "k" * 20, gross="30吨", tare="")
    answer = client.post("/stock/receive", data=fields)
    assert answer.status_code == 409
    assert "知道了，照样入库" in answer.text
    assert client.post("/stock/receive", data=fields | {"sure": "yes"}).status_code == 303


def test_a_clerk_sees_and_writes_the_own_cooperative_only(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("clerk")
    page = client.get("/stock").text
    assert "冀张薯8号" in page
    assert "青薯9号" not in page
    other = truck(scene, "k" * 20)
    assert client.post("/stock/receive", data=other).status_code == 303
    with scene.dbs.records.read() as tx:
        assert lots(tx)[0].cooperative == scene.cooperatives["古池蔬菜合作社"]
        theirs = next(lot.id for lot in lots(tx) if lot.variety == "青薯9号")
    assert "多少" not in client.get(f"/stock/issue?lot={theirs}").text
    taken = {"key": "q" * 20, "lot": str(theirs), "room": str(scene.rooms["3号库"]), "amount": "10"}
    assert client.post("/stock/issue", data=taken).status_code != 303


def test_more_than_there_is_cannot_go_out(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.read() as tx:
        lot = next(lot.id for lot in lots(tx) if lot.variety == "黑平")
    fields = {"key": "q" * 20, "lot": str(lot), "room": str(scene.rooms["1号库"]), "amount": "4001"}
    answer = client.post("/stock/issue", data=fields)
    assert answer.status_code == 409
    assert re.search(r'id="wrong-amount">[^<]*只有4,000斤', answer.text)
    assert (
        client.post("/stock/issue", data=fields | {"amount": "4000", "plate": "晋J12345"}).status_code == 303
    )
    with scene.dbs.records.read() as tx:
        assert scene.rooms["1号库"] not in contents(tx)


def test_goods_move_to_another_room(scene: Scene, signed_in: SignIn) -> None:
    client = signed_in("keeper")
    with scene.dbs.records.read() as tx:
        lot = next(lot.id for lot in lots(tx) if lot.variety == "青薯9号")
    fields = {"key": "q" * 20, "lot": str(lot), "room": str(scene.rooms["3号库"]), "amount": "10吨"}
    assert client.post("/stock/transfer", data=fields).status_code == 422
    assert (
        client.post("/stock/transfer", data=fields | {"to_room": str(scene.rooms["2号库"])}).status_code
        == 303
    )
    with scene.dbs.records.read() as tx:
        assert contents(tx)[scene.rooms["2号库"]] == [("potato_table", 50_000_000)]
