"""What `coldshed migrate` keeps, and what it leaves to a person."""

import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path

import pytest

from coldshed.migration import COPY, migrate
from coldshed.settings import Settings
from core.errors import SettingsError
from tests.upgrade.test_upgrade import restore as restore_earlier_data


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The data folder of an earlier version."""
    restore_earlier_data(tmp_path)
    return Settings(data_dir=tmp_path)


def tables(file: Path) -> set[str]:
    database = sqlite3.connect(file)
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    return names


def test_an_update_keeps_a_copy_of_what_it_changes(settings: Settings) -> None:
    before = tables(settings.data_dir / "records.db")
    migrate(settings)
    assert tables(settings.data_dir / "records.db") != before
    assert tables(settings.data_dir / COPY / "records.db") == before
    copied = (settings.data_dir / COPY / "records.db").stat().st_mtime_ns
    migrate(settings)  # nothing to do: the copy stays
    assert (settings.data_dir / COPY / "records.db").stat().st_mtime_ns == copied


def test_a_new_installation_needs_no_copy(tmp_path: Path) -> None:
    migrate(Settings(data_dir=tmp_path))
    assert not (tmp_path / COPY).exists()


def test_an_update_without_room_for_the_copy_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(settings.data_dir / "records.db")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 99, 1))
    with pytest.raises(SettingsError, match="--no-copy"):
        migrate(settings)
    assert tables(settings.data_dir / "records.db") == before
    migrate(settings, copy=False)
    assert tables(settings.data_dir / "records.db") != before


@pytest.mark.parametrize("name", ["records", "journal"])
def test_a_lost_version_is_named_with_the_remedy(settings: Settings, name: str) -> None:
    database = sqlite3.connect(settings.data_dir / f"{name}.db")
    database.execute("DELETE FROM alembic_version")
    database.commit()
    database.close()
    with pytest.raises(SettingsError, match=rf"{name}\.db.*coldshed restore"):
        migrate(settings)


def test_a_version_that_is_too_low_changes_nothing_and_says_what_to_do(settings: Settings) -> None:
    file = settings.data_dir / "records.db"
    migrate(settings)
    before = tables(file)
    database = sqlite3.connect(file)
    database.execute("UPDATE alembic_version SET version_num = '0002'")
    database.commit()
    database.close()
    with pytest.raises(SettingsError, match=r"没有动.*coldshed restore"):
        migrate(settings)
    assert tables(file) == before
