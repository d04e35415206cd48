"""The API's exports; `reports` makes them in a child process."""

from typing import cast

from api.context import Export, ExportedFile
from core.people.people import Person, visible_cooperative
from reports.export_process import PaperRequest, StoreAddresses, export_file


def exporter(stores: StoreAddresses) -> Export:
    """A clerk's stock list contains only their own cooperative's goods."""

    def export(kind: str, facts: dict[str, object], form: str, person: Person) -> ExportedFile:
        request = PaperRequest(
            kind,
            form,
            room=cast(int | None, facts.get("room")),
            month=cast(str | None, facts.get("month")),
            cooperative=visible_cooperative(person) if kind == "stock" else None,
            lang=person.language,
        )
        paper = export_file(request, stores)
        return ExportedFile(paper.content, paper.content_type, paper.name)

    return export
