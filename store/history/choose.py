"""Which history a setting means. The stores outside are imported only where they are used."""

from urllib.parse import unquote

from core.readings.history_url import INFLUXDB, SQLITE, parse
from store.database import Databases
from store.history import History
from store.history.influx_retention import InfluxRetention


def open_history(
    dbs: Databases, url: str, token: str = "", keeping: InfluxRetention | None = None
) -> History:
    """`keeping` is needed only where roll-ups are written. Raises ValueError for an address of none."""
    address = parse(url)
    if address.kind == SQLITE:
        from store.history.sqlite import SqliteHistory

        return SqliteHistory(dbs.history)
    if address.kind == INFLUXDB:
        from store.history.influx import InfluxHistory

        return InfluxHistory(dbs.history, address._replace(org=unquote(address.org)), token, keeping)
    from store.history.victoria import VictoriaHistory

    return VictoriaHistory(dbs.history, address, token)
