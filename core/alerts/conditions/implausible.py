"""Implausible: a probe reports impossible values such as 85.0 or -127 °C."""

from core.alerts.alerts import Condition
from core.alerts.conditions.probe_fault import probe_fault
from core.times import MINUTE_MS

DELAY = 15 * MINUTE_MS
"""How long (ms) a probe must report impossible values before someone is sent (a DS18B20 reports 85.0 °C once
at power-on)."""

IMPLAUSIBLE = probe_fault(Condition.IMPLAUSIBLE, DELAY, "%(room)s%(spot)s数不准,报%(value)s")
