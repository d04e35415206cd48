"""A file of another house is put in by hand: the start names it, and no room is watched by its numbers."""

from pathlib import Path

import pytest

from coldshed.migration import migrate
from coldshed.settings import Settings
from core.errors import SettingsError
from core.rooms.places import NewPlacement, NewRoom
from store import database_files
from store.catalogue import produce
from store.continuity import copy_series, reconcile
from store.damaged_history import MARK, SET_ASIDE
from store.database import Databases
from store.devices import devices
from store.foreign_files import foreign_file
from store.journal.series import get_or_make
from store.overview.system_issues import open_issues
from store.people import federation
from store.rooms import places
from tests.support.databases import new_databases, open_databases

T0 = 1_767_225_600_000


def house(folder: Path, device: str) -> Settings:
    """A house with one placed device that has reported."""
    folder.mkdir()
    dbs = new_databases(folder)
    with dbs.records.write() as tx:
        produce.seed(tx, T0)
        federation.add_federation(tx, T0, "万宝山", "万宝山联合社")
        site = federation.add_site(tx, T0, "古池库区")
        room = places.add_room(tx, T0, NewRoom(site=site, name="1号库", kind="cold_room", use="sweetpotato"))
        places.place(tx, T0, NewPlacement(device=device, position="", room=room, spot="door"))
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, T0, {device: "coldshed"})
        get_or_make(tx, device, "temperature", "", T0)
    reconcile(dbs, T0)
    copy_series(dbs)
    dbs.close()
    return Settings(data_dir=folder)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return house(tmp_path / "ours", "probe-1")


def put_in(settings: Settings, other: Path, name: str) -> None:
    (settings.data_dir / "away").mkdir()
    database_files.move(settings.data_dir / name, settings.data_dir / "away" / name)
    database_files.move(other / name, settings.data_dir / name)


@pytest.mark.parametrize("name", ["journal.db", "records.db"])
def test_a_journal_or_records_of_another_house_are_refused_by_name_with_the_remedy(
    settings: Settings, tmp_path: Path, name: str
) -> None:
    other = house(tmp_path / "other", "stranger")
    put_in(settings, other.data_dir, name)
    with pytest.raises(SettingsError, match=rf"{name} .*coldshed restore"):
        migrate(settings)


def test_a_history_of_another_house_is_set_aside_and_said(settings: Settings, tmp_path: Path) -> None:
    other = house(tmp_path / "other", "stranger")
    put_in(settings, other.data_dir, "history.db")
    migrate(settings)
    assert len(list(settings.data_dir.glob(f"history.db{MARK}*"))) == 1
    dbs = open_databases(settings.data_dir)
    with dbs.records.read() as tx:
        assert [issue.name for issue in open_issues(tx)] == [SET_ASIDE]
    assert foreign_file(dbs) is None
    dbs.close()


def test_what_belongs_together_is_left_alone(settings: Settings) -> None:
    migrate(settings)
    dbs = open_databases(settings.data_dir)
    assert foreign_file(dbs) is None
    dbs.close()


def test_a_new_journal_beside_old_records_is_no_other_house(settings: Settings) -> None:
    """It was lost; the first devices may be new ones."""
    for file in settings.data_dir.glob("journal.db*"):
        file.unlink()
    dbs = Databases(settings.data_dir)
    dbs.close()
    migrate(settings)
