"""The API's papers, made by `reports` in a child process."""

from pathlib import Path
from typing import cast

from api.context import Export, ExportedFile
from core.people.people import Person, scope
from reports.export_process import export_file


def exporter(
    data_dir: Path, history_url: str = "sqlite", history_token: str = "", database_url: str = "sqlite"
) -> Export:
    """A clerk's stock list holds only what the own cooperative has."""

    def export(kind: str, facts: dict[str, object], form: str, who: Person) -> ExportedFile:
        made = export_file(
            kind,
            form,
            data_dir,
            room=cast(int | None, facts.get("room")),
            month=cast(str | None, facts.get("month")),
            cooperative=scope(who) if kind == "stock" else None,
            lang=who.language,
            history_url=history_url,
            history_token=history_token,
            database_url=database_url,
        )
        return ExportedFile(made.content, made.content_type, made.name)

    return export
