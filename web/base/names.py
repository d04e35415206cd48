"""Names by id for pages, without the demo prefix: every page's header shows it already."""

from sqlalchemy import Connection

from store.people.people import people_names
from store.rooms.places import site_names
from web.base.localizer import short_name


def short_people_names(tx: Connection) -> dict[int, str]:
    return {ident: short_name(name) for ident, name in people_names(tx).items()}


def short_site_names(tx: Connection) -> dict[int, str]:
    return {ident: short_name(name) for ident, name in site_names(tx).items()}
