"""What every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Databases
from store.schema import create


@pytest.fixture
def dbs(tmp_path: Path) -> Iterator[Databases]:
    """Fresh databases with every table, in a folder of their own."""
    databases = Databases(tmp_path)
    create(databases)
    yield databases
    databases.close()
