from pathlib import Path

import pytest

from simulators.phones.messages import PhoneMessages
from simulators.phones.words import WORDS, page


@pytest.fixture
def messages(tmp_path: Path) -> PhoneMessages:
    return PhoneMessages(tmp_path)


def test_a_text_delivered_twice_is_on_the_phone_once_with_the_same_number(messages: PhoneMessages) -> None:
    first, was_there = messages.deliver("138", "hot", "key", 1)
    assert not was_there
    assert messages.deliver("138", "hot again", "key", 2) == (first, True)
    assert [(message.text, message.at) for message in messages.newest()] == [("hot", 1)]
    assert messages.sent() == 1


def test_answers_are_read_in_their_order_and_from_where_one_was(messages: PhoneMessages) -> None:
    messages.deliver("138", "hot", "key", 1)
    numbers = [messages.write("138", str(number), number) for number in range(5)]
    assert [message.text for message in messages.written_after(numbers[1])] == ["2", "3", "4"]
    assert [message.text for message in messages.written_after(0, most=2)] == ["0", "1"]
    assert messages.written_after(numbers[-1]) == []


def test_the_newest_are_shown_oldest_first(messages: PhoneMessages) -> None:
    for number in range(4):
        messages.write("138", str(number), number)
    assert [message.text for message in messages.newest(2)] == ["2", "3"]


def test_another_process_sees_the_same(messages: PhoneMessages, tmp_path: Path) -> None:
    messages.deliver("138", "hot", "key", 1)
    assert PhoneMessages(tmp_path).newest() == messages.newest()


def test_both_languages_have_every_word() -> None:
    assert set(WORDS["zh"]) == set(WORDS["en"])


@pytest.mark.parametrize("language", sorted(WORDS))
def test_a_word_cannot_bring_markup_into_the_page(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORDS[language], "title", '"><script>alert(1)</script>')
    assert "<script>alert" not in page(language)
