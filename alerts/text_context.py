"""Facts that every text needs: the reader's language, the federation's signature and unit of weight."""

from typing import NamedTuple

from sqlalchemy import Connection

from core.notifications.alert_texts import TextStyle
from core.people.people import Person
from i18n.language import as_lang, translator
from store.people.federation import federation
from store.people.people import people
from store.rooms.places import Room, Site, rooms, sites


class TextContext(NamedTuple):
    """Read once for all texts of a step."""

    people: dict[int, Person]
    rooms: dict[int, Room]
    sites: dict[int, Site]
    signature: str
    weight_unit: str

    @staticmethod
    def read(tx: Connection) -> "TextContext":
        own = federation(tx)
        return TextContext(
            {person.id: person for person in people(tx)},
            {room.id: room for room in rooms(tx)},
            {site.id: site for site in sites(tx)},
            own.signature if own else "库棚通",
            own.weight_unit if own else "jin",
        )

    def style(self, person: int) -> TextStyle:
        language = as_lang(self.people[person].language)
        return TextStyle(self.signature, language, translator(language), self.weight_unit)

    def name(self, person: int | None) -> str:
        return self.people[person].name if person in self.people else ""
