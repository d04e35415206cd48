"""The texts about system issues: one SMS part, whole, in both languages, and each of an issue that exists."""

import pytest

from core.notifications import sms_length
from core.notifications.alert_texts import TextStyle
from core.notifications.issue_texts import BROKER_TEXT, ISSUE_TEXTS, issue_sms, issue_text_of
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from i18n.language import Lang, translator

LONGEST_WHY = "18000/20000"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*ISSUE_TEXTS, "broker.deaf"])
def test_each_is_one_part_and_says_all(language: Lang, name: str) -> None:
    style = TextStyle("万宝山联合社" if language == "zh" else "Wanbaoshan", language, translator(language))
    wanted = issue_text_of(name)
    assert wanted is not None
    text = issue_sms(style, wanted.text, LONGEST_WHY)
    assert sms_length.segments(text) == 1
    assert not text.endswith("…")
    assert "%(" not in text
    assert language == "zh" or text.translate({ord("【"): None, ord("】"): None}).isascii(), "translated"


def test_every_text_is_of_an_issue_that_the_page_knows() -> None:
    assert set(ISSUE_TEXTS) <= set(SYSTEM_ISSUE_TEXTS)


def test_any_fault_of_the_broker_is_told_and_one_that_mends_itself_is_not() -> None:
    assert issue_text_of("broker.unreachable") == BROKER_TEXT
    assert issue_text_of("discovery.crashed") is None
