"""A disk that fills: the ballast goes first, nothing of it stops the listener."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from core.errors import StoreError
from ingest import disk_space
from ingest.disk_space import BALLAST_BYTES, UPKEEP_S, Upkeep, keep_ballast
from store.database import Databases


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def fill_disk(share: float) -> None:
        usage = Usage(1_000_000, round(1_000_000 * share), round(1_000_000 * (1 - share)))
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    return fill_disk


def test_the_ballast_is_made_while_there_is_room(tmp_path: Path, fill: Callable[[float], None]) -> None:
    fill(0.5)
    keep_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == BALLAST_BYTES


def test_on_a_full_disk_it_goes_and_comes_back_only_with_room(
    tmp_path: Path, fill: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ballast").write_bytes(b"x")
    fill(0.96)
    keep_ballast(tmp_path)
    assert not (tmp_path / "ballast").exists()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    fill(0.92)
    keep_ballast(tmp_path)
    assert not (tmp_path / "ballast").exists()
    fill(0.89)
    keep_ballast(tmp_path)
    assert (tmp_path / "ballast").exists()


def test_a_ballast_that_did_not_fit_leaves_no_piece_behind(
    tmp_path: Path, fill: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(0.5)

    def write_half(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(StoreError):
        keep_ballast(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_asked_is_logged_and_stops_nothing(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    Upkeep(dbs, lambda: 0).step(0.0)
    assert [record.message.split(":")[0] for record in caplog.records] == ["upkeep failed"] * 2


def test_upkeep_runs_once_a_minute_and_at_once_while_there_is_more(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [True, True, False, False]
    trimmed: list[float] = []
    clock = 0.0

    def trim(_dbs: Databases, _now: int) -> bool:
        trimmed.append(clock)
        return left.pop(0)

    monkeypatch.setattr(disk_space, "trim", trim)
    upkeep = Upkeep(dbs, lambda: 0)
    while clock <= UPKEEP_S + 2:
        upkeep.step(clock)
        clock += 1.0
    assert trimmed == [0.0, 1.0, 2.0, UPKEEP_S + 2]
