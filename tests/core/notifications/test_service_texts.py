"""The texts about our own services: one SMS part, whole, in both languages."""

import pytest

from core.notifications import sms_length
from core.notifications.alert_texts import TextStyle
from core.notifications.service_texts import restarted_text, trouble_text
from core.overview.service_texts import SERVICE_NAMES
from core.times import HOUR_MS
from i18n.language import Lang, translator


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_each_is_one_part_and_says_all(language: Lang, service: str) -> None:
    style = TextStyle("万宝山联合社" if language == "zh" else "Wanbaoshan", language, translator(language))
    for text in (trouble_text(style, service, 90 * HOUR_MS), restarted_text(style, service, 75_000, 12)):
        assert sms_length.segments(text) == 1
        assert not text.endswith("…")
        assert "%(" not in text
        assert style.translate(SERVICE_NAMES[service]) in text
