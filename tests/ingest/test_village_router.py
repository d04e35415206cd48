"""What other boxes forward: read as it is there, and never mixed with another village's."""

from zoneinfo import ZoneInfo

import pytest

from coldshed.bridge import bridge_config, forwarded, rules_of
from core.decoding.rules import Rule, ValueSource
from core.decoding.topic_filters import matches
from core.errors import Refused
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Router
from ingest.decoders.contract import Command, DecodeContext, DecodedReport, Value
from ingest.rules.build import shipped_rules
from ingest.rules.rule_list import RuleList
from ingest.village_router import VILLAGES_AT_MOST, VillageRouter
from store.database import Databases
from store.decoding.rules import add_rule

REMEMBERS = (("remembers", "tests.ingest.remembers"),)


def context(memory: FamilyMemory | None = None) -> DecodeContext:
    return DecodeContext(ZoneInfo("Asia/Shanghai"), 1_000_000, memory=memory or FamilyMemory())


def read(
    villages: VillageRouter, topic: str, payload: bytes, memory: FamilyMemory | None = None
) -> list[DecodedReport]:
    route = villages.find(topic)
    assert route is not None, topic
    return route.decode(topic, payload, context(memory))


def test_two_probes_of_one_name_in_two_villages_stay_two() -> None:
    villages = VillageRouter()
    body = b'{"temperature": 3.5}'
    devices = {
        read(villages, f"{before}coldshed/v1/probe-1/readings", body)[0].device
        for before in ("", "village/guchi/", "village/jiaokou/")
    }
    assert devices == {"probe-1", "probe-1@guchi", "probe-1@jiaokou"}


def test_every_family_is_listened_to_below_every_village() -> None:
    wanted = VillageRouter().filters()
    for topic_filter in Router().filters():
        assert topic_filter in wanted
        assert f"village/+/{topic_filter}" in wanted


def test_a_name_with_slashes_and_chinese_is_read_as_in_its_village() -> None:
    (report,) = read(VillageRouter(), "village/古池/zigbee2mqtt/榆次/3号库", b'{"temperature": 3.5}')
    assert report.device == "榆次/3号库@古池"
    assert report.values == [Value("", "temperature", 3.5, None)]


@pytest.mark.parametrize(
    "topic",
    ["village/", "village/guchi", "village/guchi/", "village//tele/a/SENSOR", "village/a@b/tele/x/SENSOR"],
)
def test_a_village_without_a_name_or_a_topic_is_not_ours(topic: str) -> None:
    assert VillageRouter().find(topic) is None


def test_made_up_villages_come_to_an_end() -> None:
    villages = VillageRouter()
    routes = [villages.find(f"village/v{n}/coldshed/v1/a/readings") for n in range(VILLAGES_AT_MOST + 10)]
    assert sum(route is not None for route in routes) == VILLAGES_AT_MOST


def test_what_a_village_taught_is_its_own() -> None:
    """Aliases and definitions of one name in two villages must not stand in for each other."""
    villages, memory = VillageRouter(lambda: Router(REMEMBERS)), FamilyMemory()
    read(villages, "village/guchi/remembers/a/name", b"door", memory)
    read(villages, "village/jiaokou/remembers/a/name", b"back", memory)
    read(villages, "remembers/a/name", b"ours", memory)
    memory.on_committed()
    villages.on_memory_changed("remembers", memory)
    messages = {
        before: read(villages, f"{before}remembers/a/value", b"3.5", memory)[0].values[0].position
        for before in ("", "village/guchi/", "village/jiaokou/")
    }
    assert messages == {"": "ours", "village/guchi/": "door", "village/jiaokou/": "back"}
    assert {"learned/ours", "village/guchi/learned/door", "village/jiaokou/learned/back"} <= {
        *villages.filters()
    }
    assert "village/guchi/learned/back" not in villages.filters()
    assert read(villages, "village/guchi/learned/door", b"4", memory)[0].device == "learned@guchi"
    assert villages.find("village/jiaokou/learned/door") is None


def test_what_was_taught_is_known_after_a_restart() -> None:
    before, memory = VillageRouter(lambda: Router(REMEMBERS)), FamilyMemory()
    read(before, "village/guchi/remembers/a/name", b"door", memory)
    rows = {key: row for key, row in memory.changes.items() if row is not None}
    after = VillageRouter(lambda: Router(REMEMBERS))
    after.on_memory_changed("remembers", FamilyMemory(rows))
    assert "village/guchi/learned/door" in after.filters()
    assert after.version != VillageRouter(lambda: Router(REMEMBERS)).version


def test_nothing_is_said_to_a_villages_devices_from_here() -> None:
    villages = VillageRouter(lambda: Router(REMEMBERS))
    for topic, wanted in (("remembers/a/ask", 1), ("village/guchi/remembers/a/ask", 0)):
        decode_context = context()
        decode_context.commands.append(Command("before", b""))
        route = villages.find(topic)
        assert route is not None
        route.decode(topic, b"", decode_context)
        assert len(decode_context.commands) == 1 + wanted


def test_rules_hold_in_every_village_also_in_one_that_comes_later() -> None:
    rules = RuleList((), shipped_rules())
    villages = VillageRouter()
    assert villages.find("village/guchi/usr/gw01/report") is None
    villages.use_rules(rules)
    for village in ("guchi", "jiaokou"):
        assert villages.find(f"village/{village}/usr/gw01/report") is not None
    assert any(topic_filter.startswith("village/+/usr/") for topic_filter in villages.filters())


def test_a_forwarded_sign_of_life_is_no_unknown_device() -> None:
    villages = VillageRouter()
    assert villages.knows("village/guchi/coldshed/listener/coldshed/alive")
    assert villages.knows("village/guchi/tele/th1/SENSOR")
    assert not villages.knows("village/guchi/odd/thing")


def test_a_rule_of_the_page_is_forwarded_too(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        taken = [ValueSource(path="t", metric="temperature")]
        add_rule(tx, 1, Rule(name="ours", topics=["our/{device}/up"], values=taken), None)
    text = bridge_config("guchi", "mqtts://hub.example", rules=rules_of(dbs, 2))
    assert 'topic our/+/up out 0 "" village/guchi/' in text
    assert "topic usr/" in text


def test_the_bridge_forwards_all_that_is_read_and_nothing_comes_back() -> None:
    text = bridge_config("guchi", "mqtts://village-guchi:p%40ss@hub.example")
    assert "address hub.example:8883\n" in text
    assert "remote_password p@ss\n" in text
    assert "cleansession false\n" in text
    topics = [line.split() for line in text.splitlines() if line.startswith("topic ")]
    assert all(direction == "out" and after == "village/guchi/" for _, _, direction, _, _, after in topics)
    assert {topic[1] for topic in topics} >= {*Router().filters()}
    with pytest.raises(Refused):
        bridge_config("gu chi", "mqtt://hub.example")


@pytest.mark.parametrize(
    ("topic", "qos"),
    [
        ("coldshed/v1/a/readings", 1),
        ("tele/th1/SENSOR", 1),
        ("homie/5/room/air/temperature", 0),
        ("ht-1/status/temperature:0", 0),
        ("ht-1/events/rpc", 1),
        ("usr/gw01/report", 1),
        ("dtu/866123450000003/up", 1),
    ],
)
def test_what_has_no_time_of_its_own_does_not_wait_for_the_link(topic: str, qos: int) -> None:
    assert (
        next(
            qos_of_filter
            for topic_filter, qos_of_filter in forwarded(shipped_rules())
            if matches(topic_filter, topic)
        )
        == qos
    )
