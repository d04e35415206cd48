"""How sentences are found in the code, and what `make messages` does to a catalogue."""

from io import BytesIO
from pathlib import Path

import pytest

from i18n.extract import calls, declared, everything
from i18n.messages import domain_of, update

CODE = '''
"""说明文字"""
WORDS = {"door": "门", "light": N_("灯")}
class Effect(StrEnum):
    GOING = "记下了"
def show(page):
    """也是说明"""
    text = "没有这个库" if page else "没有这个棚"
    example = "3号库"
    page.words(_DONE)
    raise Refused("no_room", "没有%(n)s号库", n=f"{page}号")
'''
BABEL = (
    "[extractors]\ndeclared = i18n.extract:declared\n[declared: **.py]\n[jinja2: web/*/templates/**.html]\n"
)


def texts(messages: object) -> list[str]:
    return [message[2] for message in messages]  # type: ignore[attr-defined]


def extract(method: object, code: str = CODE) -> list[str]:
    return texts(method(BytesIO(code.encode()), {}, (), {}))  # type: ignore[operator]


def test_an_example_or_a_docstring_is_no_sentence() -> None:
    assert set(extract(calls)) == {"灯", "没有这个库", "没有这个棚", "没有%(n)s号库"}


def test_a_table_of_a_module_needs_no_marks() -> None:
    assert set(extract(declared)) == {"门", "灯", "记下了", "没有这个库", "没有这个棚", "没有%(n)s号库"}


def test_a_file_of_texts_alone_gives_all_of_them_but_no_docstring() -> None:
    assert set(extract(everything)) == {
        "门",
        "灯",
        "记下了",
        "没有这个库",
        "没有这个棚",
        "3号库",
        "没有%(n)s号库",
    }


def test_the_key_in_a_table_helps_the_translator() -> None:
    comments = {message[2]: message[3] for message in declared(BytesIO(CODE.encode()), {}, (), {})}
    assert comments["门"] == ["door"]


def test_a_sign_without_chinese_is_a_sentence_only_where_it_is_marked() -> None:
    assert extract(calls, 'shown = _(";")\nprint(words("ok"))\n') == [";"]


def test_a_context_belongs_to_the_sentence() -> None:
    messages = list(calls(BytesIO('x = pgettext("button", "温度")\n'.encode()), {}, (), {}))
    assert messages == [(1, "pgettext", ("button", "温度"), [])]


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("core/stock/weights.py", "stock"),
        ("web/stock/templates/stock.html", "stock"),
        ("api/routes/lots.py", "api"),
        ("core/errors.py", "base"),
    ],
)
def test_a_subject_keeps_its_name_in_the_catalogues(path: str, domain: str) -> None:
    assert domain_of(Path(path)) == domain


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A house of one file and one template."""
    for name, text in (
        ("i18n/babel.cfg", BABEL),
        ("core/stock/lots.py", 'TITLE = "存货"\n'),
        ("web/stock/templates/list.html", '{{ _("入库") }} {{ pgettext("button", "入库") }} {{ _("ok") }}'),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def catalogue_of(house: Path) -> str:
    update("en", house, house / "locale")
    return (house / "locale/en/LC_MESSAGES/stock.po").read_text("utf-8")


def test_a_new_sentence_is_added_without_a_translation(house: Path) -> None:
    written = catalogue_of(house)
    assert 'msgid "存货"\nmsgstr ""' in written
    assert 'msgctxt "button"\nmsgid "入库"\nmsgstr ""' in written
    assert '"ok"' not in written


def test_a_translation_stays_and_what_nobody_says_is_not_lost(house: Path) -> None:
    catalogue_of(house)
    path = house / "locale/en/LC_MESSAGES/stock.po"
    translated = path.read_text("utf-8").replace('msgid "存货"\nmsgstr ""', 'msgid "存货"\nmsgstr "Stock"')
    path.write_text(translated, "utf-8")
    assert catalogue_of(house) == translated
    (house / "core/stock/lots.py").write_text('TITLE = "货"\n', "utf-8")
    written = catalogue_of(house)
    assert '#~ msgid "存货"\n#~ msgstr "Stock"' in written
    assert 'msgid "货"\nmsgstr ""' in written


def test_a_sentence_that_moves_to_another_subject_takes_its_translation_along(house: Path) -> None:
    catalogue_of(house)
    path = house / "locale/en/LC_MESSAGES/stock.po"
    path.write_text(
        path.read_text("utf-8").replace('msgid "存货"\nmsgstr ""', 'msgid "存货"\nmsgstr "Stock"'), "utf-8"
    )
    (house / "core/rooms").mkdir()
    (house / "core/stock/lots.py").rename(house / "core/rooms/lots.py")
    assert "存货" not in catalogue_of(house)
    moved = (house / "locale/en/LC_MESSAGES/rooms.po").read_text("utf-8")
    assert 'msgid "存货"\nmsgstr "Stock"' in moved
