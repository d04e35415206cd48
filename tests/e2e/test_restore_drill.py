"""The short form of the restore drill: the machine is lost, and the house is restored on an empty one."""

from pathlib import Path

import pytest

from tests.e2e.restore_drill import Drill


@pytest.mark.timeout(200)
def test_what_was_acknowledged_before_the_backup_is_there_and_the_next_reading_is_judged(
    tmp_path: Path,
) -> None:
    drill = Drill(tmp_path)
    drill.run(count=6_000, over_s=12)
    assert drill.outcome.right(), drill.outcome
