"""The rules of the house, checked on its own files (docs/developers/house.md)."""

import ast
import os
import re
from collections.abc import Iterator, Set
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from coldshed.settings import setting_helps
from coldshed.settings_loader import variable_of
from web.app import PAGES

ROOT = Path(__file__).parents[1]
BELOW: dict[str, set[str]] = {
    "core": set(),
    "i18n": set(),
    "store": {"core", "i18n"},
    "ingest": {"core", "store", "i18n"},
    "record": {"core", "store", "i18n"},
    "alerts": {"core", "store", "i18n"},
    "reports": {"core", "store", "i18n"},
    "api": {"core", "store", "i18n"},
    "web": {"core", "store", "api", "i18n"},
    "simulators": {"core"},
    "coldshed": {
        "core",
        "store",
        "i18n",
        "ingest",
        "record",
        "alerts",
        "reports",
        "api",
        "web",
        "simulators",
    },
}
MOST_LINES = 500
"""Most files are 40 to 160 lines; at this many it is two things."""
INDEX_HOSTS = re.compile(
    r"(pypi\.(org|python)|pythonhosted|registry\.npmjs|npmmirror|/simple/?$|--(extra-)?index-url|--find-links)",
    re.M,
)
BINARY = {".gz", ".png", ".ico", ".woff2", ".xlsx"}
DOCUMENTS = [
    "README.md",
    "README.zh-CN.md",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md")),
]


def _kept() -> Iterator[Path]:
    """Files of the repository: those that .gitignore does not name. Without git, which may be missing."""
    ignored = (ROOT / ".gitignore").read_text().split()
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not _ignored(here / name, ignored)]
        yield from (ROOT / here / name for name in files)


def _ignored(path: Path, patterns: list[str]) -> bool:
    """A pattern with a slash before its end is a path from the root, else a name at any depth."""
    return any(
        path.as_posix() == pattern.strip("/")
        if "/" in pattern.rstrip("/")
        else fnmatch(path.name, pattern.rstrip("/"))
        for pattern in patterns
    )


def _texts() -> Iterator[tuple[Path, str]]:
    for path in _kept():
        if path.suffix not in BINARY:
            yield path, path.read_text("utf-8")


def _modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


@pytest.mark.parametrize("room", BELOW)
def test_imports_point_down_only(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules(room)
        for line, name in _imports(path)
        if (top := name.split(".")[0]) in BELOW and top != room and top not in BELOW[room]
    ]
    assert not wrong, "\n".join(wrong)


COMMON_FOLDERS = {"base", "migrations", "history", "static", "__pycache__"}
"""Folders of a room that are no subject: everybody may import them."""


def _subject_imports(room: str) -> Iterator[tuple[str, str]]:
    """(subject, subject that it imports). A subject's `tables.py` stands a floor below all subjects."""
    subjects = {path.name for path in (ROOT / room).iterdir() if path.is_dir()} - COMMON_FOLDERS
    for path in _modules(room):
        subject = path.relative_to(ROOT / room).parts[0]
        if subject not in subjects or path.name == "tables.py":
            continue
        for _, name in _imports(path):
            parts = name.split(".")
            if parts[0] == room and parts[1:2] != [subject] and parts[-1] != "tables":
                yield from ((subject, other) for other in parts[1:2] if other in subjects)


@pytest.mark.parametrize("room", ["core", "store", "web"])
def test_no_two_subjects_import_each_other(room: str) -> None:
    imports = set(_subject_imports(room))
    pairs = {frozenset((subject, other)) for subject, other in imports if (other, subject) in imports}
    assert not pairs


def test_every_module_of_pages_is_in_the_list() -> None:
    modules = {
        ".".join(path.relative_to(ROOT / "web").with_suffix("").parts)
        for path in (ROOT / "web").glob("*/*_pages.py")
    }
    assert modules == set(PAGES)


@pytest.mark.parametrize("room", [*BELOW, "benchmarks"])
def test_no_modules_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    """Imports inside functions and for type checking count: a reader needs both files at once there too."""
    paths = {_module_name(path): path for path in _modules(room)}
    graph = {module: _imported(path, paths.keys()) - {module} for module, path in paths.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, modules: Set[str]) -> set[str]:
    """Those of `modules` that the file imports; of `from a import b` it is `a.b` where that is a module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                names.add(full if full in modules else node.module)
    return names & modules


def test_pages_take_only_the_doors_of_the_api() -> None:
    allowed = ("api.security", "api.context", "api.problems")
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules("web")
        for line, name in _imports(path)
        if name.split(".")[0] == "api" and name not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_decisions_ask_no_clock_disk_or_network() -> None:
    outside = {"time", "socket", "os", "pathlib", "subprocess", "sqlalchemy", "threading", "random", "urllib"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules("core")
        for line, name in _imports(path)
        if name.split(".")[0] in outside
    ]
    assert not wrong, "\n".join(wrong)


def test_pandas_stays_in_the_reports() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in BELOW
        if room != "reports"
        for path in _modules(room)
        for line, name in _imports(path)
        if name.split(".")[0] in ("pandas", "numpy", "xlsxwriter", "reports") and room != "coldshed"
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_has_grown_into_two() -> None:
    long = [
        str(path.relative_to(ROOT))
        for room in BELOW
        for path in _modules(room)
        if len(path.read_text("utf-8").splitlines()) > MOST_LINES
    ]
    assert not long, long


def test_no_package_index_is_named() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {host.group()}"
        for path, text in _texts()
        if path != Path(__file__) and (host := INDEX_HOSTS.search(text))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_requirement_is_pinned_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-postgres.txt", "requirements-work.txt"):
        text = (ROOT / name).read_text()
        wanted = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert wanted
        assert all(re.match(r"\S+==\S+( ;.*)? \\$", line) for line in wanted), name
        assert text.count("--hash=sha256:") >= len(wanted)


def test_every_setting_has_a_heading_in_the_docs() -> None:
    text = (ROOT / "docs/operators/settings.md").read_text("utf-8")
    headings = set(re.findall(r"^## `(COLDSHED_\w+)`$", text, re.M))
    assert headings == {variable_of(name) for name in setting_helps()}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_of_the_docs_lead_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)", path.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing, missing


NAMED_FILE = re.compile(r"(?<![\w./])(?:[\w.-]+/)+[\w.-]+\.(?:py|js|html|md|po|cfg|yml)\b(?!>)")


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if "docs/developers/" in path])
def test_files_named_for_developers_exist(document: str) -> None:
    """A how-to lists real files. FAMILY, KIND and <noun> stand for a name of the reader's."""
    text = re.sub(r"\]\([^)]*\)", "", (ROOT / document).read_text("utf-8"))  # links have their own test
    named = {name for name in NAMED_FILE.findall(text) if not re.search(r"[A-Z]{4}", name)}
    templates = {f"{path.parts[-3]}/{path.name}" for path in (ROOT / "web").glob("*/templates/*.html")}
    missing = [name for name in sorted(named - templates) if not (ROOT / name).exists()]
    assert not missing, missing


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs/README.md").read_text("utf-8")
    files = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [name for name in files if f"decisions/{name}" not in listed] == []
