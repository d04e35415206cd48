"""What every family must have: an entry in the table, a decoder, golden cases, headings in the docs."""

import json
import re
from pathlib import Path

import pytest

from core.decoding.topic_filters import matches
from core.devices.families import FAMILY_BY_ID
from core.devices.setting_lines import BrokerServer, DeviceLogin
from core.devices.topic_rights import READ
from ingest.decoders import FAMILIES, Router, load
from ingest.decoders.reasons import REASONS

ROOT = Path(__file__).parents[3]
NAMES = [family for family, _ in FAMILIES]
GATEWAYS = ("qingping", "renke", "usr", "king_pigeon", "neuron", "dtu")


@pytest.mark.parametrize("family", NAMES)
def test_a_family_has_at_least_fifteen_golden_cases(family: str) -> None:
    cases = [
        line
        for path in (ROOT / "tests/cases" / family).glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    assert len(cases) >= 15


@pytest.mark.parametrize("guide", ["docs/devices.md", "docs/devices.zh-CN.md"])
@pytest.mark.parametrize("family", NAMES)
def test_a_family_has_its_heading_in_the_device_guide(family: str, guide: str) -> None:
    headings = [line for line in (ROOT / guide).read_text("utf-8").splitlines() if line.startswith("## ")]
    assert any(f"`{family}`" in line for line in headings)


@pytest.mark.parametrize("guide", ["docs/devices.md", "docs/devices.zh-CN.md"])
@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_has_its_heading_and_its_cases(gateway: str, guide: str) -> None:
    headings = [line for line in (ROOT / guide).read_text("utf-8").splitlines() if line.startswith("### ")]
    assert any(f"`{gateway}`" in line for line in headings)
    cases = (ROOT / "tests/cases" / gateway).glob("*.jsonl")
    assert sum(len(path.read_text("utf-8").splitlines()) for path in cases) >= 8


@pytest.mark.parametrize(("family", "module"), FAMILIES)
def test_a_family_lies_in_the_folder_of_its_name(family: str, module: str) -> None:
    assert module == f"ingest.decoders.{family}.decoder"
    assert (ROOT / "ingest/decoders" / family / "decoder.py").is_file()
    assert load(module).FILTERS


@pytest.mark.parametrize("family", NAMES)
def test_a_family_gives_a_login_the_right_to_publish_its_own_cases(family: str) -> None:
    """A device with a login of its family would else publish into nothing."""
    form = FAMILY_BY_ID[family].credential
    filters = [re.sub(r"\{\w+\}", "+", right.topic) for right in form.rights if right.access != READ]
    topics = {
        json.loads(line)["topic"]
        for path in (ROOT / "tests/cases" / family).glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert any(matches(topic_filter, topic) for topic in topics for topic_filter in filters)


@pytest.mark.parametrize("family", FAMILY_BY_ID)
def test_a_family_tells_the_technician_what_it_is_and_what_to_type_in(family: str) -> None:
    entry = FAMILY_BY_ID[family]
    assert entry.label
    assert entry.hint
    place = "yuci/gw1" if family == "sparkplug" else "gw1"
    text = entry.lines(BrokerServer("box", 1883), DeviceLogin("name-1", "secret-1", place))
    assert "name-1" in text
    assert "secret-1" in text


def test_no_folder_of_a_family_is_forgotten_in_the_list() -> None:
    folders = {path.parent.name for path in (ROOT / "ingest/decoders").glob("*/decoder.py")}
    assert folders == set(NAMES)


def test_no_filter_is_subscribed_to_twice() -> None:
    filters = Router().filters()
    assert len(filters) == len(set(filters))


def test_every_reason_tells_people_in_chinese_what_to_do_and_has_its_english() -> None:
    english = (ROOT / "i18n/locale/en/LC_MESSAGES/ingest.po").read_text("utf-8")
    for reason, text in REASONS.items():
        assert text.endswith("。")
        assert f'#. {reason}\nmsgid "{text}"\nmsgstr "' in english


def test_every_reason_that_is_raised_is_in_the_list() -> None:
    for path in (ROOT / "ingest").rglob("*.py"):
        for piece in path.read_text("utf-8").split('DecodeError("')[1:]:
            assert piece.split('"')[0] in REASONS, path
