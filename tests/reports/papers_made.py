"""Papers made by the child process, as the tests ask for them."""

from pathlib import Path
from typing import Any

from reports.export_process import TIMEOUT_S, ExportedPaper, PaperRequest, StoreAddresses, export_file


def export_paper(
    kind: str,
    form: str,
    data_dir: Path,
    *,
    history_url: str = "sqlite",
    timeout_s: float = TIMEOUT_S,
    **facts: Any,
) -> ExportedPaper:
    return export_file(PaperRequest(kind, form, **facts), StoreAddresses(data_dir, history_url), timeout_s)


def export(kind: str, form: str, data_dir: Path, **facts: Any) -> bytes:
    """The file's bytes."""
    return export_paper(kind, form, data_dir, **facts).content
