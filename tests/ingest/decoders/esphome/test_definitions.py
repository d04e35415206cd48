"""Definitions come, change and go in any order; the family remembers exactly those that stand."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoder_memory import FamilyMemory
from ingest.decoders.esphome import definitions, states
from ingest.decoders.esphome.definitions import DEFINITIONS_OF_A_DEVICE, ENTITIES_OF_A_TOPIC
from tests.support.decoding import decode_context, odd_json, odd_objects, sound_reports

KEYS = (
    *("stat_t", "state_topic", "avty_t", "avty", "dev", "ids", "name", "dev_cla", "unit_of_meas", "val_tpl"),
    *("cmps", "p", "~", "pl_on", "pl_off", "uniq_id", "topic", "curr_temp_t", "temp_unit"),
)
TEXTS = ("d/t1", "temperature", "°C", "{{ value_json.t }}", "d", "~/x", "zigbee2mqtt/x")
Step = tuple[str, dict[str, Any] | None]
"""(config topic, its definition; None withdraws it)"""


def config(key: str) -> str:
    return f"homeassistant/sensor/d/{key}/config"


def definition(topic: str = "d/t1", device: str = "d", **fields: Any) -> dict[str, Any]:
    base = {"stat_t": topic, "dev_cla": "temperature", "unit_of_meas": "°C", "dev": {"ids": device}}
    return base | fields


def learn(memory: FamilyMemory, *steps: Step) -> list[str]:
    """The ids of the devices that the steps remove."""
    removed = []
    for topic, fields in steps:
        if fields is None:
            reports = definitions.forget_definition(topic, memory)
        else:
            reports = definitions.learn_definition(topic, fields, decode_context(memory, retained=True))
        memory.on_committed()
        removed += [report.device for report in reports if report.removed]
    return removed


def standing(memory: FamilyMemory) -> dict[str, Any]:
    """The memory without the order of entities and of a device's definitions."""
    return {
        key: sorted(value, key=str) if isinstance(value, list) else value for key, value in memory.items()
    }


steps = st.lists(
    st.tuples(
        st.sampled_from([config("a"), config("b"), config("c")]),
        st.one_of(
            st.none(),
            st.builds(
                definition,
                topic=st.sampled_from(["d/t1", "d/t2"]),
                device=st.sampled_from(["d", "e"]),
                avty_t=st.sampled_from(["d/lwt", "e/lwt"]),
            ),
        ),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_only_the_last_definition_of_each_config_topic_stands(changes: list[Step]) -> None:
    after_all, after_last = FamilyMemory(), FamilyMemory()
    learn(after_all, *changes)
    last = dict(changes)
    learn(after_last, *((topic, fields) for topic, fields in last.items() if fields is not None))
    assert standing(after_all) == standing(after_last)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_a_repeated_definition_writes_nothing(changes: list[Step]) -> None:
    memory = FamilyMemory()
    learn(memory, *changes)
    for topic, fields in dict(changes).items():
        if fields is not None:
            definitions.learn_definition(topic, fields, decode_context(memory, retained=True))
    assert memory.changes == {}


@settings(max_examples=60, deadline=None)
@given(steps)
def test_after_the_last_definition_nothing_is_remembered(changes: list[Step]) -> None:
    memory = FamilyMemory()
    learn(memory, *changes, *((topic, None) for topic, _ in changes))
    assert dict(memory.items()) == {}


@settings(max_examples=60, deadline=None)
@given(body=odd_objects(KEYS, TEXTS), device=odd_json(KEYS, TEXTS), part=odd_json(KEYS, TEXTS))
def test_no_definition_raises_anything_but_a_decode_error(
    body: dict[str, Any], device: object, part: object
) -> None:
    memory = FamilyMemory()
    for fields in (body, {**definition(), **body}, {"dev": device, "cmps": {"a": part, "b": body}}):
        context = decode_context(memory)
        sound_reports(definitions.learn_definition, config("a"), fields, context)
        memory.on_committed()
    sound_reports(definitions.forget_definition, config("a"), memory)


def test_a_device_is_removed_with_its_last_definition_if_it_has_sent_values() -> None:
    memory = FamilyMemory()
    learn(memory, (config("a"), definition()), (config("b"), definition("d/t2")))
    states.decode_defined(memory.get("t:d/t1"), b"3.5", decode_context(memory))
    assert learn(memory, (config("a"), None)) == []
    assert learn(memory, (config("b"), None)) == ["d"]
    assert learn(memory, (config("b"), None)) == [], "removed once"


def test_a_shared_availability_topic_stays_while_a_definition_has_it() -> None:
    memory = FamilyMemory()
    first, second = definition(avty_t="d/lwt"), definition("d/t2", avty_t="d/lwt")
    learn(memory, (config("a"), first), (config("b"), second), (config("a"), None))
    assert list(memory.get("a:d/lwt")) == ["d"]
    learn(memory, (config("b"), None))
    assert memory.get("a:d/lwt") is None


def test_another_familys_topic_is_never_taken() -> None:
    memory = FamilyMemory()
    learn(memory, (config("a"), definition("zigbee2mqtt/x")), (config("b"), definition("tele/x/SENSOR")))
    assert dict(memory.items()) == {}


def test_what_a_topic_and_a_device_may_hold_is_bounded() -> None:
    memory = FamilyMemory()
    learn(memory, *((config(f"k{number}"), definition()) for number in range(ENTITIES_OF_A_TOPIC + 5)))
    assert len(memory.get("t:d/t1")) == ENTITIES_OF_A_TOPIC
    memory.put("o:d", [f"c{number}" for number in range(DEFINITIONS_OF_A_DEVICE)])
    learn(memory, (config("new"), definition()))
    assert len(memory.get("o:d")) == DEFINITIONS_OF_A_DEVICE
