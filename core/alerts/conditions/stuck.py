"""Stuck: a probe reports the same value for longer than real air can stay constant."""

from core.alerts.alerts import Condition
from core.alerts.conditions.probe_fault import probe_fault

STUCK = probe_fault(Condition.STUCK, 0, "%(room)s%(spot)s的数一直是%(value)s不动,数不准")
