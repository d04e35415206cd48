"""Compiles checked rules, with the decoder of a built-in family if a rule names one."""

from core.decoding.rules import Rule
from core.errors import Refused
from ingest.decoders import FAMILIES, load
from ingest.rules.compiled import CompiledRule
from ingest.rules.files import shipped


def compile_rule(rule: Rule) -> CompiledRule:
    """Raises Refused (bad_rule) if the rule names an unknown family."""
    if rule.body != "family":
        return CompiledRule(rule)
    module = dict(FAMILIES).get(rule.family)
    if module is None:
        families = "、".join(dict(FAMILIES))
        raise Refused(
            "bad_rule", "没有这种设备:%(family)s。有这些:%(known)s", family=rule.family[:40], known=families
        )
    return CompiledRule(rule, load(module).decode)


def shipped_rules() -> list[CompiledRule]:
    return [compile_rule(rule) for rule in shipped().values()]
