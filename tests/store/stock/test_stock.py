import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from core.errors import Refused
from core.people.people import NewPerson
from core.rooms.places import NewRoom
from core.stock.new_entries import NewLot, NewMovement
from core.stock.stock import Holding, MovementKind
from core.times import DAY_MS, HOUR_MS
from store.catalogue import produce
from store.database import Databases
from store.people import federation, people
from store.rooms import limits, places, stock_on_hand
from store.stock import ledger, stock_list
from store.stock import lots as lot_store
from store.stock import movements as movement_store
from store.stock.loading_advice import advice
from store.stock.tables import lots, movements
from store.tables import changes

NOW = 1_760_000_000_000
TONNE = 1_000_000


def furnish(tx: Connection) -> None:
    """Two cooperatives, three rooms; people 1 (keeper), 2 and 3 (clerks of either), 4 (viewer)."""
    produce.seed(tx, NOW)
    federation.add_federation(tx, NOW, "万宝山联合社", "万宝山")
    village = federation.add_village(tx, NOW, "交口村")
    federation.add_cooperative(tx, NOW, "交口合作社", village)
    federation.add_cooperative(tx, NOW, "古池合作社", village)
    federation.add_site(tx, NOW, "冷库", village)
    for name in ("1号库", "2号库", "3号库"):
        places.add_room(tx, NOW, NewRoom(site=1, name=name, kind="cold_room", capacity_grams=50 * TONNE))
    people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
    people.add_person(tx, NOW, NewPerson(name="张会计", role="clerk", cooperative=1))
    people.add_person(tx, NOW, NewPerson(name="武会计", role="clerk", cooperative=2))
    people.add_person(tx, NOW, NewPerson(name="客", role="viewer"))


@pytest.fixture
def tx(dbs: Databases) -> Iterator[Connection]:
    with dbs.records.write() as connection:
        furnish(connection)
        yield connection


def put(
    tx: Connection,
    grams: int = TONNE,
    goods: str = "potato_table",
    room: int = 1,
    owner: int = 1,
    at: int = NOW,
) -> int:
    bags = grams // 40_000 or None
    return ledger.receive(
        tx, NOW, NewLot(produce=goods, cooperative=owner, room=room, grams=grams, by=1, at=at, bags=bags)
    )


@contextmanager
def refused(tx: Connection, reason: str, sentence: str = "") -> Iterator[None]:
    """With that reason, and without one line more in the books than before."""

    def lines() -> tuple[int, ...]:
        tables = (lots, movements, changes)
        return tuple(tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    before = lines()
    with pytest.raises(Refused) as refusal:
        yield
    assert sentence in str(refusal.value)
    assert refusal.value.reason == reason
    assert "%(" not in str(refusal.value)
    assert lines() == before


def test_what_came_in_lies_there_until_it_goes_out(tx: Connection) -> None:
    lot = put(tx, 38 * TONNE)
    assert stock_on_hand.holdings(tx) == [Holding(lot, 1, 38 * TONNE)]
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=8 * TONNE, by=1))
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=10 * TONNE, to_room=2, by=1))
    assert stock_on_hand.holdings(tx) == [Holding(lot, 1, 20 * TONNE), Holding(lot, 2, 10 * TONNE)]
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=20 * TONNE, from_room=1, by=1))
    assert stock_on_hand.holdings(tx, room=1) == []
    assert stock_on_hand.contents(tx) == {2: [("potato_table", 10 * TONNE)]}


def test_never_more_goes_out_than_lies_there_and_it_says_how_much(tx: Connection) -> None:
    lot = put(tx, 420_000)
    with refused(tx, "not_enough", "1号库里这批只有840斤,不够841斤"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=420_500, by=1))
    with refused(tx, "not_enough"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=420_001, by=1))
    with refused(tx, "not_enough"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, from_room=2, by=1))
    with refused(tx, "not_enough"):
        ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=420_001, to_room=2, by=1))


def test_nothing_goes_out_before_it_came_in(tx: Connection) -> None:
    lot = put(tx)
    with refused(tx, "not_enough_then"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1, at=NOW - DAY_MS))


def test_what_is_written_down_late_must_fit_what_is_written_already(tx: Connection) -> None:
    lot = put(tx, 1000, at=NOW - 3 * DAY_MS)
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=900, by=1, at=NOW - DAY_MS))
    with refused(tx, "not_enough"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=101, by=1, at=NOW - 2 * DAY_MS))
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=100, by=1, at=NOW - 2 * DAY_MS))
    with refused(tx, "nothing_left"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1))


def test_a_late_line_between_two_others_says_which_day_does_not_add_up(tx: Connection) -> None:
    lot = put(tx, 1000, at=NOW - 5 * DAY_MS)
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=1000, to_room=2, by=1, at=NOW - 3 * DAY_MS))
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=1000, to_room=1, by=1, at=NOW - DAY_MS))
    with pytest.raises(Refused, match="1号库里这批在2025-10-06 16:53只有0斤,再减1斤账就对不上了"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=500, by=1, at=NOW - 3 * DAY_MS))
    with refused(tx, "not_enough_then"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1, at=NOW - 4 * DAY_MS))


def test_the_room_must_be_said_only_where_the_lot_lies_in_two(tx: Connection) -> None:
    lot = put(tx, 1000)
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=400, to_room=2, by=1))
    with refused(tx, "which_room", "1号库、2号库"):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1))
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, from_room=2, by=1))


def test_sweet_potatoes_do_not_come_in_beside_potatoes(tx: Connection) -> None:
    put(tx)
    with refused(tx, "no_common_range"):
        put(tx, goods="sweetpotato")
    other = put(tx, goods="sweetpotato", room=2)
    with refused(tx, "no_common_range"):
        ledger.transfer(tx, NOW, NewMovement(lot=other, grams=1, to_room=1, by=1))
    put(tx, goods="mushroom_oyster", room=3)
    with refused(tx, "ethylene"):
        put(tx, goods="walnut_fresh", room=3)
    assert stock_on_hand.contents(tx)[1] == [("potato_table", TONNE)]


def test_the_room_is_free_for_other_goods_when_the_first_are_gone(tx: Connection) -> None:
    lot = put(tx)
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=TONNE, to_room=2, by=1))
    put(tx, goods="sweetpotato")
    assert limits.current(tx, 1)[0].safe_low == 11


def test_what_is_only_a_warning_is_said_and_written_all_the_same(tx: Connection) -> None:
    put(tx, 49 * TONNE)
    warnings = advice(tx, 1, "mushroom_oyster", 2 * TONNE)
    assert {(clash.kind, clash.severity) for clash in warnings} == {("odour", "warn"), ("too_full", "warn")}
    full = next(clash for clash in warnings if clash.kind == "too_full")
    assert full.sentence == "1号库最多放50吨,放进去就有51吨了"
    put(tx, 2 * TONNE, goods="mushroom_oyster")
    assert advice(tx, 2, "mushroom_oyster", 50 * TONNE) == []


def test_limits_that_a_person_set_for_something_else_are_warned_of(tx: Connection) -> None:
    places.set_use(tx, NOW, 1, "sweetpotato")
    limits.set_by_hand(tx, NOW, 1, limits.current(tx, 1), 1, "")
    assert [clash.kind for clash in advice(tx, 1, "potato_table")] == ["hand_limits"]
    assert advice(tx, 1, "sweetpotato") == []


def test_a_wrong_line_is_taken_back_by_another_and_stays_in_the_books(tx: Connection) -> None:
    lot = put(tx, 1000)
    wrong = ledger.issue(tx, NOW, NewMovement(lot=lot, grams=900, by=1))
    red = ledger.correct(tx, NOW + HOUR_MS, movement=wrong, by=1, reason="多打一个0")
    assert stock_on_hand.holdings(tx) == [Holding(lot, 1, 1000)]
    newest, before, _ = movement_store.movements(tx, lot=lot)
    assert (newest.id, newest.kind, newest.reverses, newest.reason) == (
        red,
        MovementKind.CORRECT,
        wrong,
        "多打一个0",
    )
    assert (newest.at, newest.recorded_at) == (NOW, NOW + HOUR_MS)
    assert (before.id, before.kind, before.grams) == (wrong, MovementKind.ISSUE, 900)
    with refused(tx, "already_corrected"):
        ledger.correct(tx, NOW, movement=wrong, by=1, reason="又一次")
    with refused(tx, "is_correction"):
        ledger.correct(tx, NOW, movement=red, by=1, reason="再来")
    with refused(tx, "no_reason"):
        ledger.correct(tx, NOW, movement=1, by=1, reason=" ")
    with refused(tx, "unknown_movement"):
        ledger.correct(tx, NOW, movement=99, by=1, reason="没有")


def test_what_went_on_since_cannot_be_taken_back(tx: Connection) -> None:
    lot = put(tx, 1000)
    ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1))
    first = movement_store.movements(tx, lot=lot)[-1]
    with refused(tx, "not_enough"):
        ledger.correct(tx, NOW, movement=first.id, by=1, reason="没来过")


def test_taking_back_an_issue_must_not_bring_goods_back_beside_others(tx: Connection) -> None:
    lot = put(tx, 1000)
    wrong = ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1000, by=1))
    put(tx, goods="sweetpotato")
    with refused(tx, "no_common_range"):
        ledger.correct(tx, NOW, movement=wrong, by=1, reason="没出")


def test_a_transfer_taken_back_lies_where_it_lay(tx: Connection) -> None:
    lot = put(tx, 1000)
    wrong = ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=1000, to_room=2, by=1))
    ledger.correct(tx, NOW, movement=wrong, by=1, reason="没搬")
    assert stock_on_hand.holdings(tx) == [Holding(lot, 1, 1000)]
    assert limits.current(tx, 2) == []


def test_a_clerk_writes_and_sees_only_the_own_cooperative(tx: Connection) -> None:
    own, other = put(tx, 1000, owner=1), put(tx, 1000, owner=2)
    with refused(tx, "not_yours"):
        ledger.issue(tx, NOW, NewMovement(lot=other, grams=1, by=2))
    with refused(tx, "not_yours"):
        ledger.transfer(tx, NOW, NewMovement(lot=other, grams=1, to_room=2, by=2))
    with refused(tx, "not_yours"):
        ledger.receive(tx, NOW, NewLot(produce="potato_table", cooperative=2, room=1, grams=1, by=2))
    with refused(tx, "not_yours"):
        line = movement_store.movements(tx, lot=other)[0]
        ledger.correct(tx, NOW, movement=line.id, by=2, reason="不是我的")
    with refused(tx, "not_allowed"):
        ledger.issue(tx, NOW, NewMovement(lot=own, grams=1, by=4))
    ledger.issue(tx, NOW, NewMovement(lot=own, grams=1, by=2))
    clerk, keeper = people.person(tx, 2), people.person(tx, 1)
    assert clerk
    assert keeper
    assert lot_store.lot_of(tx, own, clerk).id == own
    assert lot_store.lot_of(tx, other, keeper).id == other
    with refused(tx, "unknown_lot"):
        lot_store.lot_of(tx, other, clerk)
    assert [lot.id for lot in lot_store.lots(tx, cooperative=1)] == [own]
    assert {line.lot for line in movement_store.movements(tx, cooperative=1)} == {own}
    assert {held.lot for held in stock_on_hand.holdings(tx, cooperative=1)} == {own}
    assert {line.lot for line in stock_list.stock(tx, cooperative=1)} == {own}


def test_the_list_says_what_lies_where_since_when_and_about_how_many_bags(tx: Connection) -> None:
    lot = put(tx, 20 * TONNE, at=NOW - 10 * DAY_MS)
    ledger.transfer(tx, NOW, NewMovement(lot=lot, grams=5 * TONNE, to_room=2, by=1))
    lines = stock_list.stock(tx)
    assert [(line.room, line.kg, line.bags, line.days(NOW)) for line in lines] == [
        (1, 15_000, 375, 10),
        (2, 5_000, 125, 10),
    ]
    assert [line.room for line in stock_list.stock(tx, room=2)] == [2]


def test_it_refuses_lines_that_cannot_be(tx: Connection) -> None:
    valid: dict[str, object] = {
        "produce": "potato_table",
        "cooperative": 1,
        "room": 1,
        "grams": 1000,
        "by": 1,
    }
    for reason, wrong in (
        ("unknown_produce", {"produce": "gold"}),
        ("phase_not_produce", {"produce": "potato_curing"}),
        ("unknown_produce", {"produce": "oyster/fruiting"}),
        ("unknown_cooperative", {"cooperative": 9}),
        ("unknown_room", {"room": 9}),
        ("weight_not_positive", {"grams": 0}),
        ("weight_not_positive", {"grams": -5}),
        ("weight_too_big", {"grams": 10**12}),
        ("bad_count", {"bags": 0}),
        ("bad_date", {"harvested_on": "2025-13-40"}),
        ("in_the_future", {"at": NOW + HOUR_MS}),
        ("too_long_ago", {"at": 0}),
        ("unknown_person", {"by": 99}),
    ):
        with refused(tx, reason):
            ledger.receive(tx, NOW, NewLot(**{**valid, **wrong}))  # type: ignore[arg-type]
    lot = put(tx)
    for reason, attempt in (
        ("unknown_lot", {"lot": 99}),
        ("weight_not_positive", {"grams": -1}),
        ("same_room", {"to_room": 1}),
        ("unknown_room", {"to_room": 9}),
        ("unknown_room", {"from_room": 9}),
    ):
        with refused(tx, reason):
            wanted = {"lot": lot, "grams": 1, "to_room": 2, "by": 1, **attempt}
            ledger.transfer(tx, NOW, NewMovement(**wanted))  # type: ignore[arg-type]


def test_a_phone_whose_clock_runs_ahead_a_little_means_now(tx: Connection) -> None:
    lot = put(tx)
    line = ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1, at=NOW + 60_000))
    movement = movement_store.movement(tx, line)
    assert movement
    assert movement.at == NOW


def test_the_ledger_pages_backwards(tx: Connection) -> None:
    lot = put(tx, 1000)
    for _ in range(5):
        ledger.issue(tx, NOW, NewMovement(lot=lot, grams=1, by=1))
    first = movement_store.movements(tx, limit=4)
    rest = movement_store.movements(tx, limit=4, before_id=first[-1].id)
    assert [line.id for line in (*first, *rest)] == [6, 5, 4, 3, 2, 1]
    assert [line.id for line in movement_store.movements(tx, room=2)] == []


ISSUER = """
import sys
from pathlib import Path
from core.errors import Refused, StoreError
from store.stock import ledger
from core.stock.new_entries import NewMovement
from store.database import Databases

dbs = Databases(Path(sys.argv[1]), sys.argv[2])
done, left = 0, int(sys.argv[3])
while left:
    try:
        with dbs.records.write() as tx:
            ledger.issue(tx, 1_760_000_000_000, NewMovement(lot=1, grams=7, by=None))
        done, left = done + 1, left - 1
    except Refused as refused:
        assert refused.reason in ("not_enough", "nothing_left"), refused
        left -= 1
    except StoreError:  # busy for too long: nothing was written, so it is tried again
        continue
print(done)
"""


def test_four_processes_issue_from_one_lot_and_no_gram_is_lost_or_made(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        furnish(tx)
        put(tx, 1000)
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", ISSUER, str(dbs.data_dir), dbs.url, "40"]
    with ExitStack() as all_ended:
        started = []
        for _ in range(4):
            process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
            started.append(all_ended.enter_context(process))
            all_ended.callback(process.kill)
        done = [int(process.communicate(timeout=300)[0]) for process in started]
        assert [process.returncode for process in started] == [0] * 4
    assert sum(done) == 1000 // 7  # 160 were tried
    with dbs.records.read() as tx:
        assert stock_on_hand.holdings(tx) == [Holding(1, 1, 1000 % 7)]
        assert len(movement_store.movements(tx, lot=1, limit=1000)) == 1 + 1000 // 7
