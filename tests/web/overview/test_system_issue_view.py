import pytest

from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from core.times import HOUR_MS
from store.overview.system_issues import SystemIssue
from tests.web.builders import EN, NOW, ZH, ZONE, page_of, person
from web.overview.system_issue_view import issue_text, may_fix


def issue(name: str, text: str = "timed out") -> SystemIssue:
    return SystemIssue(name, text, NOW - 2 * HOUR_MS, NOW - HOUR_MS, 3)


@pytest.mark.parametrize("name", SYSTEM_ISSUE_TEXTS)
def test_every_issue_is_told_whole_in_both_languages(name: str) -> None:
    chinese, english = (issue_text(issue(name), words, NOW, ZONE) for words in (ZH, EN))
    assert "%(" not in chinese + english
    assert chinese != english


def test_an_issue_that_has_no_sentence_yet_is_told_with_its_name() -> None:
    assert issue_text(issue("disk"), ZH, NOW, ZONE) == "“disk”有毛病：timed out。请看日志"


def test_it_says_how_long_the_history_is_away() -> None:
    assert "2小时" in issue_text(issue("history_away"), ZH, NOW, ZONE)


def test_a_keeper_is_not_told_what_only_a_technician_can_mend() -> None:
    assert [may_fix(page_of(person(role))) for role in ("technician", "admin", "keeper", "manager")] == [
        True,
        True,
        False,
        False,
    ]
