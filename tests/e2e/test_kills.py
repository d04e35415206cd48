"""Nothing acknowledged is lost, nothing is there twice, whatever is killed."""

from pathlib import Path

import pytest

from tests.e2e.kills import DATABASE, run
from tests.support.machines import Postgres


@pytest.mark.timeout(400)
def test_killing_every_service_at_random_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = run(count=8_000, kills=6, seed=7, folder=tmp_path)
    assert outcome.right(), outcome
    assert outcome.accepted_timed == 6_000
    assert outcome.accepted_timeless == 2_000
    assert outcome.buckets > 0


@pytest.mark.timeout(400)
def test_killing_the_services_and_postgresql_under_them_loses_and_doubles_nothing(tmp_path: Path) -> None:
    server = Postgres().start()
    try:
        outcome = run(count=4_000, kills=5, seed=3, folder=tmp_path, server=server)
    finally:
        server.remove()
    assert outcome.right(), outcome
    assert outcome.accepted_timed == 3_000
    assert outcome.accepted_timeless == 1_000
    assert outcome.kills is not None
    assert outcome.kills[DATABASE] == 1
