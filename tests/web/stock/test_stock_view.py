from collections.abc import Sequence

from tests.web.builders import page_of, person
from tests.web.scene import Scene
from web.stock.stock_view import StockRow, goods_names, stock_rows, stock_totals


def rows_of(scene: Scene, role: str, **facts: object) -> Sequence[StockRow]:
    page = page_of(person(role, cooperative=facts.pop("cooperative", None)))
    with scene.dbs.records.read() as tx:
        return stock_rows(tx, page, **facts)  # type: ignore[arg-type]


def test_a_clerk_sees_only_their_own_cooperative_s_lots(scene: Scene) -> None:
    own = scene.cooperatives["古池蔬菜合作社"]
    rows = rows_of(scene, "clerk", cooperative=own)
    assert {row.owner for row in rows} == {"古池蔬菜合作社"}
    assert len(rows) < len(rows_of(scene, "manager"))


def test_who_may_see_no_lots_sees_an_empty_list_and_no_error(scene: Scene) -> None:
    assert rows_of(scene, "viewer") == []
    assert rows_of(scene, "clerk") == []


def test_a_room_lists_what_lies_in_it_alone(scene: Scene) -> None:
    rows = rows_of(scene, "manager", room=scene.rooms["3号库"])
    assert {row.room for row in rows} == {"3号库"}
    assert sorted(row.amount for row in rows) == ["36,000斤", "40,000斤"]


def test_totals_add_up_per_kind_the_most_first(scene: Scene) -> None:
    totals = stock_totals(rows_of(scene, "manager"), page_of(person("manager")))
    assert (totals[0].goods, totals[0].amount, totals[0].lots) == ("土豆", "78吨", 3)
    assert stock_totals([], page_of(person("manager"))) == []


def test_a_lot_is_never_of_a_phase_such_as_curing(scene: Scene) -> None:
    page = page_of(person("manager"))
    with scene.dbs.records.read() as tx:
        every, lots = goods_names(tx, page), goods_names(tx, page, lots_only=True)
    assert lots.keys() < every.keys()


def test_goods_have_their_english_names_for_an_english_reader(scene: Scene) -> None:
    with scene.dbs.records.read() as tx:
        assert goods_names(tx, page_of(person("manager"), "en"))["potato_table"].isascii()
