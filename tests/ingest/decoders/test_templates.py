"""Templates come from strangers: the simple ones are worked out, everything else is left alone."""

import subprocess
import sys
from typing import Any

import pytest

from ingest.decoders.esphome.template_operations import MISSING, Unreadable
from ingest.decoders.esphome.templates import template

JSON = {
    "t": 3.456,
    "s": "21.5",
    "raw": -184,
    "a": {"b": [10, {"c": 7}]},
    "contact": False,
    "nothing": None,
    "n-1": 4,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ value }}", "payload"),
        ("{{ value_json.t }}", 3.456),
        ("{{value_json.t|round(1)}}", 3.5),
        ("{{ value_json['t'] }}", 3.456),
        ('{{ value_json["n-1"] }}', 4),
        ("{{ value_json.a.b[1].c }}", 7),
        ("{{ value_json.s | float }}", 21.5),
        ("{{ value_json.s | float(default=0) | round(0, 'floor') }}", 22.0),
        ("{{ float(value_json.s) + 1 }}", 22.5),
        ("{{ value_json.raw / 10 }}", -18.4),
        ("{{ (value_json.raw - 16) * 0.1 | float }}", -20.0),
        ("{{ -value_json.raw }}", 184),
        ("{{ -value_json.t | abs }}", 3.456),
        ("{{ +value_json.t }}", 3.456),
        ("{{ float(value_json.s, default=0) }}", 21.5),
        ("{{ value_json.s | float(value_json.no) }}", 21.5),
        ("{{ value_json.t | default(value_json.no) }}", 3.456),
        ("{{ value_json.raw | round(-1) }}", -184),
        ("{{ value_json.a.b.0 }}", 10),
        ("{{ value_json.t is defined }}", 3.456),
        ("{{ value | upper }}", "PAYLOAD"),
        ("{{ value_json.contact | string }}", False),
        ("{{ value_json.raw | multiply(0.1) | round(1) }}", -18.4),
        ("{{ 'ON' if value_json.contact else 'OFF' }}", "OFF"),
        ("{{ 'ON' if value_json.contact == false else 'OFF' }}", "ON"),
        ("{{ value_json.t if value_json.t is defined else 0 }}", 3.456),
        ("{{- value_json.t -}}", 3.456),
        ("{{ value_json.nothing | float }}", None),
    ],
)
def test_simple_templates_are_worked_out(text: str, expected: Any) -> None:
    read = template(text)
    assert read is not None
    assert read(("payload", JSON)) == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(
    "text",
    ["{{ value_json.no }}", "{{ value_json.no | float(0) }}", "{{ value_json.no | default(0) }}",
     "{{ value_json.no / 10 }}", "{{ value_json.no if value_json.no is defined else 0 }}",
     "{{ value_json.a.b[9] }}", "{{ value_json.t.u }}", "{{ 'x' if value_json.no == 1 else 'y' }}"],
)  # fmt: skip
def test_what_the_message_lacks_is_missing_and_never_made_up(text: str) -> None:
    read = template(text)
    assert read is not None
    assert read(("payload", JSON)) is MISSING


@pytest.mark.parametrize(
    "text",
    ["", "value_json.t", "{{ }}", "{% if a %}1{% endif %}", "{{ states('sensor.x') }}",
     "{{ value_json.t }} °C", "{{ value_json.__class__.__mro__() }}", "{{ value | eval }}", "{{ value_json.t",
     "{{ '' if }}", "{{ a }}", "{{ 9 ** 9 ** 9 }}", "{{ 'x' ~ value }}", "{{ value[0:2] }}",
     "{{ value_json.t }}{{ value }}", "{{ float(*value_json.a) }}", "{{ value_json.t if value_json.t }}",
     "{{ not value_json.t }}", "{{ value_json.t in [1, 2] }}", "{{ 1" + "0" * 30 + " }}",
     "{{ " + "-" * 590 + "1 }}", "{{ value" + "|abs" * 140 + " }}", "{{ " + "1+" * 290 + "1 }}",
     "{{ " + "(" * 500 + "1" + ")" * 500 + " }}", "{{ " + "1 + " * 400 + "1 }}", "{{ value_json[-1] }}"],
)  # fmt: skip
def test_any_other_template_is_left_alone(text: str) -> None:
    assert template(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ value_json.t / 0 }}",
        "{{ value_json.a + 1 }}",
        "{{ 'a' * 9 }}",
        "{{ value_json.t > value_json.s }}",
        "{{ value_json.s | multiply(value) }}",
        "{{ value_json.a | round(1) }}",
        "{{ value_json.nothing < 1 }}",
    ],
)
def test_what_cannot_be_worked_out_says_so(text: str) -> None:
    read = template(text)
    assert read is not None
    with pytest.raises(Unreadable):
        read(("payload", JSON))


def test_jinja_is_loaded_only_once_a_definition_has_a_template() -> None:
    program = (
        "import sys, ingest.decoders as d; [d.load(m) for _, m in d.FAMILIES]; print('jinja2' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
