"""The short form of the move of the demo from SQLite to PostgreSQL and back."""

from pathlib import Path

import pytest

from tests.e2e.move_drill import MoveDrill
from tests.support.databases import Server


@pytest.mark.timeout(240)
def test_the_demo_moves_there_and_back_with_every_row_and_goes_on_alerting(
    tmp_path: Path, postgres: Server
) -> None:
    for moved in MoveDrill(tmp_path, postgres.new_database(), days=1).run():
        assert moved.right(), moved
        assert moved.tables > 40
