"""`1` and `2` as people type them."""

import pytest

from core.notifications.sms_replies import SmsReply, understand


@pytest.mark.parametrize("text", ["1", " 1 ", "１", "1。", "收到", "我去", "回1", "1 我去", "OK", "好的!"])
def test_it_understands_that_somebody_goes(text: str) -> None:
    assert understand(text) == SmsReply.GOING


@pytest.mark.parametrize("text", ["2", "２", " 2。", "换人", "换下一个人", "我去不了", "2 换人"])
def test_it_understands_that_somebody_cannot(text: str) -> None:
    assert understand(text) == SmsReply.PASS


@pytest.mark.parametrize("text", ["", "12", "1号库怎么了", "你是谁", "0", "不去", "TD"])
def test_anything_else_is_not_guessed(text: str) -> None:
    assert understand(text) == SmsReply.UNCLEAR
