"""Opens the configured history. Modules of outside servers are imported only if needed."""

from urllib.parse import unquote

from core.readings.history_url import INFLUXDB, SQLITE, parse
from store.database import Databases
from store.history import History
from store.history.influx_retention import InfluxRetention


def open_history(
    dbs: Databases, url: str, token: str = "", retention: InfluxRetention | None = None
) -> History:
    """`retention` is needed only if roll-ups are written. Raises ValueError for an unknown address."""
    address = parse(url)
    if address.kind == SQLITE:
        from store.history.sqlite import SqliteHistory

        return SqliteHistory(dbs.history)
    if address.kind == INFLUXDB:
        from store.history.influx import InfluxHistory

        return InfluxHistory(dbs.history, address._replace(org=unquote(address.org)), token, retention)
    from store.history.victoria import VictoriaHistory

    return VictoriaHistory(dbs.history, address, token)
