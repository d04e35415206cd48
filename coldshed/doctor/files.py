"""The three databases: are they there, whole, of this version, and of one house?"""

from collections.abc import Iterator
from typing import NamedTuple

from coldshed.data import WATCHING
from coldshed.doctor.inspection import Inspection
from coldshed.settings import SQLITE
from core.errors import StoreError
from core.overview import doctor_texts as texts
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding, database
from store import database_files, schema
from store.continuity import has_lost_rows
from store.database import DamagedDatabase
from store.foreign_files import foreign_file
from store.read_only import quick_check
from store.schema import METADATA, SchemaState

CHECK_S, QUICK_CHECK_S = 20.0, 2.0
"""How long each file is looked through; a large history takes longer."""


class DatabaseFindings(NamedTuple):
    """`usable`: the names of the databases that can be read and have this version."""

    findings: list[DoctorFinding]
    usable: frozenset[str]

    @property
    def may_be_asked(self) -> bool:
        return self.usable.issuperset(WATCHING)


def check_databases(inspection: Inspection) -> DatabaseFindings:
    names = list(METADATA)
    is_sqlite = inspection.settings.database_url == SQLITE
    if is_sqlite and not any(_exists(inspection, name) for name in names):
        facts = {"dir": inspection.settings.data_dir}
        missing = DoctorFinding(texts.FOLDER, CheckVerdict.BAD, texts.NO_DATA, facts)
        return DatabaseFindings([missing] if inspection.settings.data_dir.is_dir() else [], frozenset())
    findings = {name: _look_at(inspection, name, is_file=is_sqlite or name == "history") for name in names}
    usable = frozenset(name for name, finding in findings.items() if finding.verdict != CheckVerdict.BAD)
    continuity = list(_continuity(inspection)) if len(usable) == len(names) else []
    return DatabaseFindings([*findings.values(), *continuity], usable)


def _exists(inspection: Inspection, name: str) -> bool:
    return database_files.exists(inspection.settings.data_dir / f"{name}.db")


def _look_at(inspection: Inspection, name: str, *, is_file: bool) -> DoctorFinding:
    if is_file and not (inspection.settings.data_dir / f"{name}.db").exists():
        return database(name, texts.FILE_MISSING[name])
    seconds = CHECK_S if inspection.is_thorough else QUICK_CHECK_S
    try:
        if is_file:
            damage, is_complete = quick_check(getattr(inspection.dbs, name), seconds)
            if damage:
                return _damaged(name, damage)
        text = _version_fault(inspection, name)
    except DamagedDatabase as error:
        return _damaged(name, str(error))
    except StoreError as error:
        return database(name, texts.FILE_UNREADABLE if is_file else texts.POSTGRESQL_AWAY, why=error)
    if text:
        return database(name, text)
    if is_file and not is_complete:
        return database(name, texts.FILE_PARTLY_CHECKED, CheckVerdict.LOOK, seconds=round(seconds))
    return database(name, texts.FILE_FINE if is_file else texts.SCHEMA_FINE, CheckVerdict.OK)


def _damaged(name: str, why: str) -> DoctorFinding:
    return database(name, texts.HISTORY_DAMAGED if name == "history" else texts.FILE_DAMAGED, why=why)


def _version_fault(inspection: Inspection, name: str) -> str:
    if schema.has_lost_version(getattr(inspection.dbs, name), name):
        return texts.FILE_WITHOUT_VERSION
    match schema.shape(inspection.dbs, name):
        case SchemaState.NEWER:
            return texts.FILE_NEWER
        case SchemaState.OLDER:
            return texts.FILE_OLDER
    return ""


def _continuity(inspection: Inspection) -> Iterator[DoctorFinding]:
    foreign = foreign_file(inspection.dbs)
    if foreign is not None:
        facts = {"file": foreign.file.value, "why": foreign.why}
        yield DoctorFinding(texts.FOLDER, CheckVerdict.BAD, texts.FOREIGN, facts)
    if has_lost_rows(inspection.dbs):
        yield DoctorFinding(texts.FOLDER, CheckVerdict.BAD, texts.READ_ON)
