"""The API over a small federation."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from store.database import Databases
from tests.api.house import House, app_of, build
from tests.api.scene import Callers, fill
from tests.support.databases import new_databases
from tests.support.passwords import quick_hasher

quick_passwords = pytest.fixture(scope="session", autouse=True)(quick_hasher)


@pytest.fixture
def house(dbs: Databases) -> House:
    return build(dbs)


@pytest.fixture
def app(house: House) -> FastAPI:
    return app_of(house)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as test_client:
        yield test_client


@pytest.fixture
def signed_in(app: FastAPI, house: House) -> Iterator[Callable[[str], TestClient]]:
    """A client per person."""
    clients: list[TestClient] = []

    def for_person(who: str) -> TestClient:
        test_client = TestClient(app, headers=house.head(who), raise_server_exceptions=False)
        clients.append(test_client)
        return test_client

    yield for_person
    for test_client in clients:
        test_client.close()


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for a module whose tests change nothing, or only rows of their own."""
    databases = new_databases(tmp_path_factory.mktemp("house"))
    yield build(databases)
    databases.close()


@pytest.fixture(scope="module")
def shared_app(shared_house: House) -> FastAPI:
    return app_of(shared_house)


@pytest.fixture(scope="module")
def callers(shared_app: FastAPI, shared_house: House) -> Iterator[Callers]:
    """`callers("keeper").get(...)`, over one entry of every noun."""
    people = Callers(shared_app, shared_house)
    fill(people)
    yield people
    people.close()
