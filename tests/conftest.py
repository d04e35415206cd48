"""What every test may use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.database import Databases
from store.schema import create
from tests import histories, machines
from tests.histories import Victoria
from tests.machines import Broker


@pytest.fixture
def dbs(tmp_path: Path) -> Iterator[Databases]:
    """Fresh databases with every table, in a folder of their own."""
    databases = Databases(tmp_path)
    create(databases)
    yield databases
    databases.close()


@pytest.fixture
def free_port() -> int:
    """A loopback port that nobody uses now."""
    return machines.free_port()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A real Mosquitto, started: `.port`, `.url`, `.stop()`, `.kill()`, `.start()`."""
    broker = Broker(tmp_path / "mosquitto")
    broker.start()
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
