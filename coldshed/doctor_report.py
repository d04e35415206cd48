"""Prints the findings of `coldshed doctor` as they are made."""

from rich.console import Console
from rich.text import Text

from coldshed.doctor import looks, sentence
from coldshed.messages import translated
from coldshed.settings import Settings
from core.overview.doctor import DoctorFinding, FindingLevel, worst
from i18n.language import as_lang

MARKS = {
    FindingLevel.GOOD: ("好", "green"),
    FindingLevel.LOOK: ("要看", "yellow"),
    FindingLevel.BAD: ("坏", "bold red"),
}
SUMMARY = {
    FindingLevel.GOOD: "都好。",
    FindingLevel.LOOK: "能用，有几处要看。",
    FindingLevel.BAD: "有毛病，请照上面说的办。",
}


def run(settings: Settings, *, thorough: bool) -> int:
    """Returns the exit code: 1 if any finding is bad."""
    console = Console(highlight=False, soft_wrap=True)
    findings: list[DoctorFinding] = []
    for subject, look in looks(settings, thorough=thorough):
        with console.status(translated(subject)):
            part = look()
        for finding in part:
            console.print(_line(finding, settings))
        findings += part
    level = worst(findings)
    console.print(Text(translated(SUMMARY[level]), MARKS[level][1]))
    return int(level == FindingLevel.BAD)


def _line(finding: DoctorFinding, settings: Settings) -> Text:
    subject, text = sentence(finding, as_lang(settings.lang))
    word, colour = MARKS[finding.level]
    return Text.assemble((f"[{translated(word)}] ", colour), (f"{subject}: ", "bold"), text)
