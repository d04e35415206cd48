"""Whatever comes, nothing stops the listener, grows without end or slows the others."""

from pathlib import Path

from tests.e2e.fuzz import run


def test_mutated_messages_of_every_family_stop_nothing(tmp_path: Path) -> None:
    outcome = run(count=30_000, seed=3, folder=tmp_path)
    assert outcome.errors == []
    assert (outcome.raised, outcome.failed_decoders, outcome.mutated) == (0, 0, 30_000)
    assert outcome.growth_mb < 30
