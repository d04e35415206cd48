"""What a channel needs besides its folder and its line in the list."""

import re
from pathlib import Path

import msgspec

from alerts.channels.registry import settings_class
from coldshed.settings_loader import variable_of

ROOT = Path(__file__).parents[2]


def missing_of_channel(name: str, root: Path = ROOT) -> list[str]:
    """A sentence for each thing that is not there."""
    sentences = []
    headings = re.findall(r"^## .*`(\w+)`", (root / "docs/channels.md").read_text("utf-8"), re.M)
    if name not in headings:
        sentences.append(f"docs/channels.md has no heading with `{name}`")
    documented = re.findall(r"^## `(\w+)`$", (root / "docs/operators/settings.md").read_text("utf-8"), re.M)
    for field in msgspec.structs.fields(settings_class(name)):
        if not field.name.startswith(f"{name}_"):
            sentences.append(f"the setting {field.name} does not begin with {name}_")
        if variable_of(field.name) not in documented:
            sentences.append(f"docs/operators/settings.md has no heading `{variable_of(field.name)}`")
    if not (root / f"tests/alerts/channels/test_{name}.py").is_file():
        sentences.append(f"tests/alerts/channels/test_{name}.py is missing")
    return sentences
