from itertools import product

import pytest

from core.decoding.topic_filters import levels_match, matches
from ingest.decoders import Router
from ingest.decoders.filters import Filters


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("tele/+/SENSOR", "tele/a/SENSOR", True),
        ("tele/+/SENSOR", "tele//SENSOR", True),
        ("tele/+/SENSOR", "tele/a/b/SENSOR", False),
        ("tele/+/SENSOR", "tele/a/STATE", False),
        ("zigbee2mqtt/#", "zigbee2mqtt/冷库/3号库", True),
        ("zigbee2mqtt/#", "zigbee2mqtt", True),
        ("zigbee2mqtt/#", "zigbee2mqttx/a", False),
        ("+/tele/SENSOR", "/tele/SENSOR", True),
        ("+/tele/SENSOR", "a/tele/SENSOR/", False),
        ("#", "a/b", True),
        ("#", "$SYS/broker/uptime", False),
        ("+/broker", "$SYS/broker", False),
        ("$SYS/#", "$SYS/broker", True),
        ("a", "a", True),
        ("a", "/a", False),
    ],
)
def test_filters_match_as_mqtt_says(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize(
    ("topic", "family"),
    [
        ("coldshed/v1/a/readings", "coldshed"),
        ("coldshed/v1/a/status", "coldshed"),
        ("coldshed/v1/a/b/readings", None),
        ("zigbee2mqtt/库/a", "zigbee2mqtt"),
        ("zigbee2mqtt/tele/SENSOR", "zigbee2mqtt"),
        ("tele/a/SENSOR", "tasmota"),
        ("a/tele/SENSOR", "tasmota"),
        ("home/a/tele/SENSOR", "tasmota"),
        ("home/tele/a/SENSOR", "tasmota"),
        ("stat/a/STATUS10", "tasmota"),
        ("stat/a/RESULT", None),
        ("tele/a/RESULT", None),
        ("$SYS/tele/SENSOR", None),
        ("my/own/topic", None),
    ],
)
def test_a_topic_finds_its_family(topic: str, family: str | None) -> None:
    router = Router()
    for _ in range(2):
        route = router.find(topic)
        assert (route.family if route else None) == family


def test_a_family_knows_its_topics_without_readings() -> None:
    router = Router()
    assert router.knows("stat/a/RESULT")
    assert router.knows("tasmota/discovery/ABC/config")
    assert router.knows("zigbee2mqtt/a")
    assert not router.knows("my/own/topic")


def test_a_flood_of_names_costs_no_memory() -> None:
    router = Router(most=100)
    for number in range(1000):
        assert router.find(f"tele/{number}/SENSOR") is not None
        assert router.find(f"other/{number}") is None
    assert len(router._remembered) <= 100


def test_of_many_filters_the_first_that_fits_counts_as_if_each_were_compared() -> None:
    parts = ["a", "b", "+", "#", "$SYS"]
    filters_before: list[str] = []
    filters: Filters[str] = Filters()
    for size in (1, 2, 3):
        for levels in product(parts, repeat=size):
            if "#" not in levels[:-1] and sum(map(ord, "".join(levels))) % 3:
                filters_before.append("/".join(levels))
                filters.add(filters_before[-1], filters_before[-1])
    for size in (1, 2, 3, 4):
        for levels in product(["a", "b", "c", "$SYS"], repeat=size):
            expected = next(
                (
                    topic_filter
                    for topic_filter in filters_before
                    if levels_match(topic_filter.split("/"), list(levels))
                ),
                None,
            )
            assert filters.first_match(list(levels)) == expected
