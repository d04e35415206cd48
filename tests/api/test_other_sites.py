"""Which writes with our cookie are ours: read off the headers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.problems import Problem
from api.security import COOKIE, refuse_other_sites, token_of
from tests.api.calls import bare_request

HOST = "coldshed.local:8000"
NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,20}(:[0-9]{1,5})?", fullmatch=True)


def is_refused(method: str = "POST", **headers: str) -> bool:
    try:
        refuse_other_sites(bare_request(method, **{"Host": HOST, **headers}))
    except Problem as problem:
        return (problem.status, problem.reason) == (403, "other-site")
    return False


@given(NAMES, st.sampled_from(["http", "https"]), st.booleans())
def test_without_sec_fetch_site_the_host_of_the_origin_decides(name: str, scheme: str, upper: bool) -> None:
    origin = f"{scheme}://{name.upper() if upper else name}"
    assert is_refused(Host=name, Origin=origin) is False
    assert is_refused(Origin=origin) is (name != HOST)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30))
def test_an_origin_of_nonsense_is_another_site_and_no_error(origin: str) -> None:
    assert is_refused(Origin=origin) is (origin.partition("://")[2].lower() != HOST)


@pytest.mark.parametrize(
    ("site", "refused"),
    [
        ("same-origin", False),
        ("none", False),
        ("same-site", True),
        ("cross-site", True),
        ("", True),
        ("SAME-ORIGIN", True),
    ],
)
def test_what_the_browser_says_of_the_site_counts_more_than_the_origin(site: str, refused: bool) -> None:
    for origin in (f"http://{HOST}", "http://evil.example", "null"):
        assert is_refused(Sec_Fetch_Site=site, Origin=origin) is refused


@pytest.mark.parametrize(
    "origin", ["null", "http://coldshed.local", f"http://{HOST}.evil.example", "file://"]
)
def test_an_origin_that_only_looks_like_ours_is_another_site(origin: str) -> None:
    assert is_refused(Origin=origin)


def test_a_request_that_says_nothing_comes_from_a_program() -> None:
    assert not is_refused()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_never_refused(method: str) -> None:
    assert not is_refused(method, Sec_Fetch_Site="cross-site", Origin="http://evil.example")


@pytest.mark.parametrize(
    ("authorization", "refused"),
    [("Bearer abc", False), ("bearer abc", False), ("Bearer", True), ("Bearer ", True), ("Basic YTpi", True)],
)
def test_only_a_token_of_its_own_makes_a_request_of_another_site_good(
    authorization: str, refused: bool
) -> None:
    assert is_refused(Authorization=authorization, Sec_Fetch_Site="cross-site") is refused


def test_the_token_of_the_head_counts_more_than_the_cookie() -> None:
    cookie = f"{COOKIE}=page-token"
    assert token_of(bare_request(Authorization="Bearer  own ", Cookie=cookie)) == "own"
    assert token_of(bare_request(Authorization="Basic YTpi", Cookie=cookie)) == "page-token"
    assert not token_of(bare_request())
