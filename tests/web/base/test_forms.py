import pytest

from api.problems import Problem
from tests.web.builders import form
from web.base.forms import SubmittedForm, new_key, refuse_foreign_form


class Asked:
    """A request as far as the guard looks at it."""

    def __init__(self, method: str = "POST", **headers: str) -> None:
        self.method = method
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize(
    "request_",
    [
        Asked("GET", Sec_Fetch_Site="cross-site"),
        Asked(Host="kupeng.local"),
        Asked(Host="kupeng.local", Sec_Fetch_Site="same-origin", Origin="http://kupeng.local"),
        Asked(Host="kupeng.local:8000", Origin="http://kupeng.local:8000"),
        Asked(Host="kupeng.local", Sec_Fetch_Site="none"),
    ],
)
def test_our_own_forms_and_plain_reading_pass(request_: Asked) -> None:
    refuse_foreign_form(request_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        Asked(Host="kupeng.local", Sec_Fetch_Site="cross-site"),
        Asked(Host="kupeng.local", Sec_Fetch_Site="same-site"),
        Asked(Host="kupeng.local", Origin="http://elsewhere.example"),
        Asked(Host="kupeng.local", Origin="http://kupeng.local:8001"),
        Asked(Host="kupeng.local", Origin="null"),
    ],
)
def test_a_form_of_another_site_writes_nothing(request_: Asked) -> None:
    with pytest.raises(Problem) as problem:
        refuse_foreign_form(request_)  # type: ignore[arg-type]
    assert problem.value.status == 403


@pytest.mark.parametrize("text", ["", "none", "-1", "1.5", "１２", "9" * 16, "1e3", "0x1"])
def test_a_choice_that_is_no_id_is_none(text: str) -> None:
    assert form(room=text).whole("room") is None


def test_an_id_is_read_with_spaces_around_it() -> None:
    assert form(room=" 12 ").whole("room") == 12


def test_a_field_that_is_not_there_is_empty() -> None:
    typed = SubmittedForm({})
    assert (typed["name"], typed.all("name"), typed.whole("name"), typed.names()) == ("", [], None, [])


def test_the_first_sentence_at_a_field_counts() -> None:
    typed = form(name="")
    typed.wrong("name", "名字没填")
    typed.wrong("name", "名字太长了")
    assert typed.errors == {"name": "名字没填"}


def test_the_checksum_depends_on_every_value_and_not_on_their_order() -> None:
    assert form(a="1", b="2").digest() == form(b="2", a="1").digest()
    assert form(a=["1", "2"]).digest() != form(a=["2", "1"]).digest()
    assert form(a="1").digest() != form(a="1", b="").digest()


def test_no_two_forms_have_the_same_key() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(8 <= len(key) <= 64 for key in keys)
