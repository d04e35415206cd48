"""A village for the tests of alerting."""

import pytest

from store.database import Databases
from tests.alerts.village import Desk, Village, make


@pytest.fixture
def village(dbs: Databases) -> Village:
    return make(dbs)


@pytest.fixture
def desk(village: Village) -> Desk:
    return Desk.at(village)
