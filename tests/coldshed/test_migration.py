"""What `coldshed migrate` keeps, and what it leaves to a person."""

import shutil
import sqlite3
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from coldshed.migration import COPY, migrate
from coldshed.settings import Settings
from core.errors import SettingsError
from store import schema
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


def test_an_update_that_is_killed_between_two_databases_keeps_the_copies_of_both(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("journal.db", "records.db")
    before = {name: tables(settings.data_dir / name) for name in names}
    upgrade = schema._upgrade

    def killed_after_the_journal(tx: Connection, name: str, *rest: Any) -> None:
        if name != "journal":
            raise KeyboardInterrupt
        upgrade(tx, name, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(schema, "_upgrade", killed_after_the_journal)
        with pytest.raises(KeyboardInterrupt):
            migrate(settings)
    assert tables(settings.data_dir / "journal.db") != before["journal.db"]
    migrate(settings)
    assert {name: tables(settings.data_dir / COPY / name) for name in names} == before


def test_the_copy_of_an_earlier_update_makes_way_for_that_of_the_next(settings: Settings) -> None:
    migrate(settings)
    (settings.data_dir / "records.db").unlink()
    shutil.move(settings.data_dir / COPY / "records.db", settings.data_dir / "records.db")
    migrate(settings)
    assert [path.name for path in (settings.data_dir / COPY).iterdir()] == ["records.db"]


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
