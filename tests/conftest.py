"""What every test may use."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from store.database import Databases
from tests.support import histories, machines
from tests.support.databases import Server, new_databases, on_both
from tests.support.histories import Victoria
from tests.support.machines import Broker

settings.register_profile("coldshed", deadline=None)
settings.load_profile("coldshed")
"""An example may take long on a busy machine; time alone fails no test."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The tests of what is kept run in SQLite and in PostgreSQL, all others in SQLite."""
    if "dbs" not in metafunc.fixturenames or metafunc.definition.get_closest_marker("one_database"):
        return
    is_marked = metafunc.definition.get_closest_marker("both_databases") is not None
    if is_marked or on_both(metafunc.definition.path.as_posix()):
        metafunc.parametrize("dbs", ["sqlite", "postgresql"], indirect=True)


def pytest_collection_finish() -> None:
    """The garbage collector skips what is imported by now: 180,000 objects, 4 % of the CPU."""
    gc.freeze()


@pytest.fixture
def dbs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Fresh databases with every table; what are files lies in a folder of their own."""
    if getattr(request, "param", "sqlite") == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        with server.databases(tmp_path) as databases:
            yield databases
        return
    databases = new_databases(tmp_path)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL: `.new_database()`, `.databases(folder)`."""
    server = Server()
    yield server
    server.postgres.remove()


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody uses now."""
    return machines.free_port()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A real Mosquitto, started: `.port`, `.url`, `.stop()`, `.kill()`, `.start()`."""
    broker = Broker(tmp_path / "mosquitto").start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    return machines.need("chromium")


@pytest.fixture(scope="session")
def victoria_server() -> Iterator[Callable[[], Victoria]]:
    """Gives a real VictoriaMetrics that all tests share, each with metrics of its own name."""
    with histories.victoria_when_asked() as server:
        yield server
