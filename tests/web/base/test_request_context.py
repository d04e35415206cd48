import json

import pytest

from api.problems import Problem
from i18n.language import LANGS
from tests.web.builders import EN, ZH, page_of, person
from web.base.assets import static
from web.base.request_context import LANG_NAMES, LANG_TAGS, render, safe_next, script_texts


@pytest.mark.parametrize("wanted", ["/", "/rooms/3?part=1", "/stock#3", "/rooms/3号"])
def test_it_goes_on_to_a_page_of_ours(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "rooms",
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "/a\r\nSet-Cookie: b",
    ],
)
def test_it_never_leads_away(wanted: str) -> None:
    assert safe_next(wanted) == "/"


def test_nobody_signed_in_may_nothing_and_is_asked_to_sign_in() -> None:
    page = page_of(None)
    assert not page.may("see_rooms")
    with pytest.raises(Problem) as problem:
        _ = page.who
    assert problem.value.status == 401


def test_somebody_who_left_may_nothing() -> None:
    assert page_of(person()).may("see_rooms")
    assert not page_of(person(active=False)).may("see_rooms")


def test_the_button_for_the_language_offers_the_other_one() -> None:
    assert [page_of(None, lang).other_lang for lang in LANGS] == ["en", "zh"]
    assert set(LANG_NAMES) == set(LANG_TAGS) == set(LANGS)


def test_the_address_of_a_file_changes_with_its_content_alone() -> None:
    address = static("coldshed.css")
    assert address.startswith("/static/coldshed.css?")
    assert static("coldshed.css") == address


def test_a_file_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(FileNotFoundError):
        static("nothing.css")


def test_the_script_s_sentences_are_in_the_reader_s_language() -> None:
    chinese, english = json.loads(script_texts(ZH)), json.loads(script_texts(EN))
    assert chinese.keys() == english.keys()
    assert all(chinese[name] != english[name] for name in chinese)


def test_what_a_person_typed_cannot_become_markup() -> None:
    html = render("base/problem.html", ZH, page=_page(), texts="{}", sentence="<script>alert(1)</script>")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def _page() -> object:
    return page_of(person())
