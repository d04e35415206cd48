"""Routes called as functions, over a house: no server and no JSON in between."""

from fastapi import Request

from api.context import ApiContext, ApiSettings
from core.people.people import Person
from store.live import Hub
from store.people.people import person
from tests.api.house import House


class _App:
    """`app.state.coldshed`, as `api.app.create_app` sets it."""

    def __init__(self, context: ApiContext | None = None) -> None:
        self.state = self
        self.coldshed = context


def bare_request(
    method: str = "POST", path: str = "/", client: str = "192.168.1.7", **headers: str
) -> Request:
    """A request without a house; `Sec_Fetch_Site` stands for `Sec-Fetch-Site`."""
    return _request(_App(), method, path, client, headers)


def request_of(
    house: House, method: str = "POST", path: str = "/", client: str = "192.168.1.7", **headers: str
) -> Request:
    context = ApiContext(
        house.dbs,
        house.history,
        Hub(house.dbs, lambda: house.now),
        lambda: house.now,
        ApiSettings(metrics_token="for-the-collector"),
    )
    return _request(_App(context), method, path, client, headers)


def _request(app: _App, method: str, path: str, client: str, headers: dict[str, str]) -> Request:
    sent = [
        (name.lower().replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()
    ]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "scheme": "http", "path": path, "query_string": query.encode()}
    server = {"server": ("testserver", 80), "client": (client, 5000), "root_path": "", "app": app}
    return Request({**scope, **server, "headers": sent})


def person_of(house: House, name: str) -> Person:
    with house.dbs.records.read() as tx:
        row = person(tx, house.people[name])
    assert row is not None
    return row
