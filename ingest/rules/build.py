"""From checked recipes to rules, with the decoder of a built-in family where one wants it."""

from core.decoding.rules import Rule
from core.errors import Refused
from ingest.decoders import FAMILIES, load
from ingest.rules.engine import CompiledRule
from ingest.rules.files import shipped


def rule(recipe: Rule) -> CompiledRule:
    """Refused (bad_recipe) where there is no such family."""
    if recipe.body != "family":
        return CompiledRule(recipe)
    module = dict(FAMILIES).get(recipe.family)
    if module is None:
        known = "、".join(dict(FAMILIES))
        raise Refused(
            "bad_recipe", "没有这种设备:%(family)s。有这些:%(known)s", family=recipe.family[:40], known=known
        )
    return CompiledRule(recipe, load(module).decode)


def shipped_rules() -> list[CompiledRule]:
    return [rule(recipe) for recipe in shipped().values()]
