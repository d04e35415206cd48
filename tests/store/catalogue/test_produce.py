from sqlalchemy import select, update

from core.catalogue.produce import Phase, Produce
from store.catalogue import produce
from store.catalogue.tables import produce as table
from store.database import Databases

NOW = 1_760_000_000_000


def test_the_catalogue_is_put_in_once(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        assert produce.seed(tx, NOW) == 57
        assert produce.seed(tx, NOW) == 0
    with dbs.records.read() as tx:
        assert list(produce.produce(tx).values()) == list(produce.shipped()[0].values())
        assert list(produce.phases(tx).values()) == list(produce.shipped()[1].values())
        assert isinstance(produce.use(tx, "oyster/fruiting"), Phase)
        assert isinstance(produce.use(tx, "sweetpotato"), Produce)
        assert produce.use(tx, "gold") is None


def test_what_a_federation_changed_is_never_overwritten(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        produce.seed(tx, NOW)
        facts = tx.execute(select(table.c.facts).where(table.c.id == "potato_table")).scalar_one()
        own = {**facts, "temp_safe": [3.0, 6.0]}
        tx.execute(update(table).where(table.c.id == "potato_table").values(facts=own, edited_at=NOW))
        assert produce.seed(tx, NOW + 1) == 0
        assert produce.produce(tx)["potato_table"].temp_safe == (3.0, 6.0)


def test_what_nobody_changed_follows_a_better_catalogue(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        produce.seed(tx, NOW)
        facts = tx.execute(select(table.c.facts).where(table.c.id == "apple")).scalar_one()
        tx.execute(update(table).where(table.c.id == "apple").values(facts={**facts, "freezing": -9}))
        produce.seed(tx, NOW + 1)
        assert produce.produce(tx)["apple"].freezing == -1.5
