"""Names by id as pages show them: without the demo's mark, which stands in the head of every page."""

from sqlalchemy import Connection

from store.people.people import people_names
from store.rooms.places import site_names
from web.base.localizer import short_name


def short_people_names(tx: Connection) -> dict[int, str]:
    return {ident: short_name(name) for ident, name in people_names(tx).items()}


def short_site_names(tx: Connection) -> dict[int, str]:
    return {ident: short_name(name) for ident, name in site_names(tx).items()}
