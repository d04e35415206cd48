"""What the checks of the doctor share."""

from collections.abc import Callable
from typing import NamedTuple

from coldshed.settings import Settings
from core.overview.doctor import DoctorFinding
from i18n.language import as_lang
from store.read_only import ReadOnlyDatabases
from web.base.localizer import Localizer


class Inspection(NamedTuple):
    """`dbs` are only read. `now` in ms. `is_thorough`: also what takes longer."""

    settings: Settings
    dbs: ReadOnlyDatabases
    now: int
    is_thorough: bool

    @property
    def words(self) -> Localizer:
        return Localizer(as_lang(self.settings.lang))


Check = Callable[[Inspection], list[DoctorFinding]]
