"""Updates the catalogues from the sentences in the code: `make messages`.

New sentences are added with an empty translation. Unused sentences stay as `#~` at the end of their file,
to be reused or deleted by hand.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, check_and_call_extract_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from i18n.extract import CHINESE
from i18n.language import LOCALE

ROOT = Path(__file__).parents[1]
LAYERS = ("core", "store", "api", "alerts", "ingest", "record", "reports", "coldshed", "web")
BY_SUBJECT = ("core", "store", "web")
KEYWORDS = {**DEFAULT_KEYWORDS, "words": None}
HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: {lang}\\n"

"""


class Sentence(NamedTuple):
    domain: str
    context: str | None
    text: str
    comments: tuple[str, ...]
    place: str


def domain_of(path: Path) -> str:
    """`core/stock/weights.py` -> `stock`; files without a subject belong to their layer or to `base`."""
    layer, *rest = path.parts
    if layer not in BY_SUBJECT:
        return layer
    return rest[0] if len(rest) > 1 else "base"


def sentences(root: Path = ROOT) -> Iterator[Sentence]:
    """All sentences by file and line. A sentence that occurs in several domains is in each of them."""
    with (root / "i18n/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for layer in LAYERS:
        for folder, folders, names in os.walk(root / layer):
            folders[:] = sorted(name for name in folders if name not in ("__pycache__", "vendor"))
            for name in sorted(names):
                path = Path(folder, name)
                for file_name, line, message, comments, context in check_and_call_extract_file(
                    path, methods, options, None, KEYWORDS, (), False, root
                ):
                    text = message if isinstance(message, str) else message[0]
                    if context or CHINESE.search(text) or name.endswith(".py"):
                        place = f"{file_name}:{line}"
                        yield Sentence(domain_of(Path(file_name)), context, text, tuple(comments), place)


def templates(root: Path = ROOT) -> dict[str, Catalog]:
    """Domain -> its untranslated sentences (gettext's .pot)."""
    made: dict[str, Catalog] = {}
    for sentence in sentences(root):
        catalog = made.setdefault(sentence.domain, Catalog(charset="utf-8"))
        catalog.add(sentence.text, auto_comments=sentence.comments, context=sentence.context)
    return made


def update(lang: str, root: Path = ROOT, locale: Path = LOCALE) -> None:
    folder = locale / lang / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    before = {path.stem: _read(path, lang) for path in folder.glob("*.po")}
    translated = {
        (entry.context, entry.id): entry.string
        for catalog in before.values()
        for entry in catalog
        if entry.id and entry.string
    }
    made = templates(root)
    needed = {(entry.context, entry.id) for catalog in made.values() for entry in catalog}
    for domain in {*before, *made}:
        catalog = before.get(domain, Catalog(locale=lang, charset="utf-8"))
        catalog.update(made.get(domain, Catalog(charset="utf-8")), no_fuzzy_matching=True)
        for entry in catalog:
            if entry.id and not entry.string:  # reuse the translation of another domain
                entry.string = translated.get((entry.context, entry.id), "")
        for key, entry in list(catalog.obsolete.items()):
            if (entry.context, entry.id) in needed:
                del catalog.obsolete[key]
        _write(folder / f"{domain}.po", catalog, lang)


def _read(path: Path, lang: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def _write(path: Path, catalog: Catalog, lang: str) -> None:
    """Sorted and without locations and dates, so that a moved line or file changes nothing."""
    written = BytesIO()
    write_po(written, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    path.write_text(HEADER.format(lang=lang) + written.getvalue().decode().strip() + "\n", "utf-8")


if __name__ == "__main__":
    for folder in sorted(LOCALE.iterdir()):
        update(folder.name)
