"""Papers made by the child process, as the tests ask for them."""

from pathlib import Path
from typing import Any

from reports.export_process import ExportedPaper, PaperRequest, StoreAddresses, export_file

GENEROUS_S = 250
"""A child that hangs fails; one on a busy machine does not."""


def export_paper(
    kind: str,
    form: str,
    data_dir: Path,
    *,
    history_url: str = "sqlite",
    timeout_s: float = GENEROUS_S,
    **facts: Any,
) -> ExportedPaper:
    return export_file(PaperRequest(kind, form, **facts), StoreAddresses(data_dir, history_url), timeout_s)


def export(kind: str, form: str, data_dir: Path, **facts: Any) -> bytes:
    """The file's bytes."""
    return export_paper(kind, form, data_dir, **facts).content
