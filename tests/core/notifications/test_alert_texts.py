"""What people are told: the words of every text."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.alerts import Condition, Severity
from core.alerts.evidence import BoundEvidence, ProbeFaultEvidence, ProbeSilenceEvidence, SilenceEvidence
from core.alerts.judging import Reason
from core.metrics import Verdict
from core.notifications import alert_texts as words
from core.notifications import sms_length
from core.notifications.alert_texts import AlertFacts, GoodsAtRisk, PastAlert, ReplyEffect, TextStyle
from core.notifications.escalation import TELLINGS, NotificationKind
from core.times import HOUR_MS, MINUTE_MS
from i18n.language import translator

NOW = 1_768_332_000_000  # 2026-01-14 03:20 in Fenyang
ZH = TextStyle("万宝山联合社", "zh", translator("zh"))
EN = TextStyle("万宝山联合社", "en", translator("en"))
DOOR = "door"
POTATO = (GoodsAtRisk("土豆", "potato", 12_000_000),)
SILENCE = SilenceEvidence(1.2, DOOR, quiet_minutes=10, last_value=1.2, last_at=NOW)
HOT = AlertFacts(
    room="2号库",
    condition=Condition.HIGH,
    metric="temperature",
    severity=Severity.WARNING,
    verdict=Verdict.TOO_WARM,
    evidence=BoundEvidence(8.4, DOOR, bound=7.0, worst=9.1, worst_at=NOW),
    since=NOW - HOUR_MS,
    goods=POTATO,
)


def freezing(**changed: object) -> AlertFacts:
    facts = {
        "room": "3号库",
        "condition": Condition.LOW,
        "metric": "temperature",
        "severity": Severity.CRITICAL,
        "verdict": Verdict.FREEZING,
        "evidence": BoundEvidence(1.2, DOOR, bound=2.5, worst=1.2, worst_at=NOW),
        "since": NOW - 12 * MINUTE_MS,
        "goods": (GoodsAtRisk("土豆", "potato", 38_000_000),),
    }
    return AlertFacts(**{**facts, **changed})  # type: ignore[arg-type]


def test_the_text_of_a_room_too_warm_says_where_what_should_be_since_when_and_what_lies_there() -> None:
    assert words.alert_text(NotificationKind.FIRST, HOT, ZH, NOW) == (
        "【万宝山联合社】2号库太热8.4度,该在7度以下,已1小时。库里土豆12吨。进库先通风。回1我去,回2换人"
    )


def test_the_text_of_a_freezing_room_says_where_it_is_coldest_and_to_ventilate_first() -> None:
    assert words.alert_text(NotificationKind.FIRST, freezing(), ZH, NOW) == (
        "【万宝山联合社】3号库要冻了!门边1.2度,该在2.5度以上,已12分钟。库里土豆38吨。"
        "开加温关严门,先通风再进。回1我去,回2换人"
    )


def test_the_text_of_a_shed_without_air_sends_nobody_in_at_once() -> None:
    shed = freezing(
        room="5号棚",
        condition=Condition.HIGH,
        metric="co2",
        verdict=Verdict.CO2_HIGH,
        severity=Severity.WARNING,
        evidence=BoundEvidence(2350, DOOR, bound=1200, worst=2350, worst_at=NOW),
        since=NOW - 25 * MINUTE_MS,
        goods=(),
    )
    assert words.alert_text(NotificationKind.FIRST, shed, ZH, NOW) == (
        "【万宝山联合社】5号棚该通风,二氧化碳2350,该在1200以下,已25分钟。"
        "开风机。人进棚先开门10分钟。回1我去,回2换人"
    )


def test_a_silent_room_is_told_without_a_value() -> None:
    silent = freezing(
        condition=Condition.SILENT, verdict=None, severity=Severity.WARNING, goods=(), evidence=SILENCE
    )
    assert words.alert_text(NotificationKind.FIRST, silent, ZH, NOW) == (
        "【万宝山联合社】3号库没数,库里情况不明,已12分钟。请去现场看温度计,查电和网。回1我去,回2换人"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("condition", [Condition.IMPLAUSIBLE, Condition.STUCK])
@pytest.mark.parametrize("blind", [True, False])
def test_a_fault_of_a_probe_says_so_in_one_part_and_whether_the_room_is_seen(
    condition: Condition, blind: bool, lang: str
) -> None:
    fault = freezing(
        condition=condition,
        verdict=None,
        severity=Severity.WARNING,
        evidence=ProbeFaultEvidence(
            -127.0, DOOR, reported=-127.0, reported_at=NOW, other_probes=0 if blind else 1
        ),
        goods=(),
        blind=blind,
    )
    text = words.alert_text(NotificationKind.FIRST, fault, ZH if lang == "zh" else EN, NOW)
    assert sms_length.segments(text) == 1
    if lang == "zh":
        assert "数不准" in text
        assert ("库里情况不明" in text, "别的探头还准" in text) == (blind, not blind)
    assert "…" not in text


def test_several_silent_rooms_are_told_by_their_site() -> None:
    silent = freezing(
        condition=Condition.SILENT,
        verdict=None,
        severity=Severity.WARNING,
        goods=(),
        evidence=SILENCE,
        site="古池库区",
        rooms=6,
    )
    assert words.alert_text(NotificationKind.FIRST, silent, ZH, NOW) == (
        "【万宝山联合社】古池库区没数,6个库看不见,库里情况不明,已12分钟。"
        "请去现场看温度计,查电和网。回1我去,回2换人"
    )


def test_below_zero_is_said_in_words() -> None:
    for value, shown in ((-0.5, "门边零下0.5度"), (-0.04, "门边0.0度")):
        alert = freezing(evidence=BoundEvidence(value, DOOR, bound=2.5, worst=value, worst_at=NOW))
        assert shown in words.alert_text(NotificationKind.FIRST, alert, ZH, NOW)


def test_the_next_person_hears_why_it_comes_to_them() -> None:
    assert "】没人接,转到你了:2号库太热8.4度" in words.alert_text(NotificationKind.NEXT, HOT, ZH, NOW)
    assert "】任师傅换人,转到你了:2号库太热" in words.alert_text(
        NotificationKind.PASSED_ON, HOT, ZH, NOW, by="任师傅"
    )


def test_the_end_says_how_long_how_bad_and_who_handled_it() -> None:
    over = replace(HOT, evidence=HOT.evidence.with_value(5.1), since=NOW - 96 * MINUTE_MS)
    assert words.ended_text(over, Reason.BACK_INSIDE, ZH, NOW, "任师傅") == (
        "【万宝山联合社】2号库好了,现在5.1度。一共96分钟,最高9.1度。处理人:任师傅。"
    )
    assert "该在的范围改了,太热不用管了" in words.ended_text(over, Reason.LIMITS_CHANGED, ZH, NOW, None)


def test_a_digest_says_each_time_by_the_clock_of_its_own_site() -> None:
    west = replace(HOT, room="西库")
    text = words.digest_text([PastAlert(HOT, NOW, "Asia/Shanghai"), PastAlert(west, NOW, "Asia/Urumqi")], ZH)
    assert "2号库太热最高9.1度,02:20起" in text
    assert "西库太热最高9.1度,00:20起" in text


def test_one_digest_names_what_fits_and_counts_the_rest() -> None:
    text = words.digest_text([PastAlert(HOT, NOW, "Asia/Shanghai")], ZH)
    assert text == ("【万宝山联合社】刚才有一阵没看住,期间2号库太热最高9.1度,02:20起1小时,都已好。")
    many = words.digest_text([PastAlert(HOT, NOW, "Asia/Shanghai")] * 7, ZH)
    assert "等7次" in many
    assert sms_length.segments(many) == 1


LONG_ROOM = "任家庄村一号马铃薯气调冷藏保鲜库东侧二间"
LONG_NAME = "欧阳上官任师傅的大徒弟"
names = st.sampled_from(["2号库", "万宝山联村一号冷库", LONG_ROOM])
measured, bounds = st.floats(-40, 99_999), st.floats(-40, 9_999)
spots = st.sampled_from([None, "door", "pile", "nowhere"])
matters = st.builds(
    AlertFacts,
    room=names,
    site=names,
    rooms=st.sampled_from([1, 12]),
    blind=st.booleans(),
    condition=st.sampled_from(list(Condition)),
    metric=st.sampled_from(["temperature", "humidity", "co2", "light"]),
    severity=st.sampled_from(list(Severity)),
    verdict=st.sampled_from([None, *Verdict]),
    evidence=st.one_of(
        st.builds(BoundEvidence, measured, spots, bound=bounds, worst=measured, worst_at=st.just(NOW)),
        st.builds(
            SilenceEvidence, measured, spots, quiet_minutes=bounds, last_value=measured, last_at=st.just(NOW)
        ),
        st.builds(
            ProbeFaultEvidence,
            measured,
            spots,
            reported=measured,
            reported_at=st.just(NOW),
            other_probes=st.integers(0, 9),
        ),
        st.builds(
            ProbeSilenceEvidence,
            measured,
            spots,
            quiet_minutes=bounds,
            last_value=measured,
            last_at=st.just(NOW),
            other_probes=st.integers(0, 9),
            urgent=st.booleans(),
            was_outside=st.booleans(),
        ),
    ),
    since=st.integers(NOW - 300 * HOUR_MS, NOW),
    goods=st.lists(
        st.builds(GoodsAtRisk, st.just("马铃薯种薯"), st.just("seed potato"), st.integers(0, 10**10)),
        max_size=4,
    ).map(tuple),
)
styles = st.builds(
    lambda signature, english: TextStyle(
        signature, "en" if english else "zh", translator("en" if english else "zh")
    ),
    st.sampled_from(["万宝山联合社", "万宝山联村经济发展联合社"]),
    st.booleans(),
)
ASKING = st.sampled_from(TELLINGS)


@given(ASKING, matters, styles, names)
def test_no_text_is_ever_longer_than_one_part(
    kind: NotificationKind, facts: AlertFacts, style: TextStyle, by: str
) -> None:
    for text in (
        words.alert_text(kind, facts, style, NOW, by),
        *(words.ended_text(facts, reason, style, NOW, by) for reason in Reason),
        words.ended_text(facts, Reason.BACK_INSIDE, style, NOW, by, "03:40"),
        words.taken_text(facts, style, by),
        words.digest_text([PastAlert(facts, NOW, "Asia/Shanghai")] * 3, style),
        *(words.reply_text(which, style, room=facts.room, name=by, count=12) for which in ReplyEffect),
    ):
        assert sms_length.segments(text) == 1, text
        assert text.startswith(f"【{style.signature}】")
        assert "%" not in text


@given(ASKING, matters)
def test_however_long_the_names_the_answer_is_always_asked_for(
    kind: NotificationKind, facts: AlertFacts
) -> None:
    assert words.alert_text(kind, facts, ZH, NOW, LONG_NAME).endswith("回1我去,回2换人")


def test_a_freezing_text_keeps_its_advice_longer_than_its_length_of_time() -> None:
    text = words.alert_text(NotificationKind.NEXT, freezing(room="二号马铃薯库"), ZH, NOW)
    assert "先通风再进" in text
    assert "土豆38吨" not in text


def test_every_chinese_text_has_an_english_one() -> None:
    tree = ast.parse(Path(words.__file__).read_text())
    said_of_code = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    chinese = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said_of_code
        if re.search(r"[\u4e00-\u9fff]", node.value) and len(node.value) > 1
    }
    assert not {text for text in chinese if translator("en")(text) == text}
