"""Prints the findings of `coldshed doctor` as they are made."""

from rich.console import Console
from rich.text import Text

from coldshed.doctor.checks import checks, sentence
from coldshed.messages import translated
from coldshed.settings import Settings
from core.overview.check_results import VERDICT_NAMES, CheckVerdict
from core.overview.doctor import DoctorFinding, worst
from core.overview.doctor_texts import SUMMARY
from i18n.language import as_lang

STYLES = {CheckVerdict.OK: "green", CheckVerdict.LOOK: "yellow", CheckVerdict.BAD: "bold red"}


def run(settings: Settings, *, thorough: bool) -> int:
    """Returns the exit code: 1 if any finding is bad."""
    console = Console(highlight=False, soft_wrap=True)
    findings: list[DoctorFinding] = []
    for subject, look in checks(settings, thorough=thorough):
        with console.status(translated(subject)):
            part = look()
        for finding in part:
            console.print(_line(finding, settings))
        findings += part
    verdict = worst(findings)
    console.print(Text(translated(SUMMARY[verdict]), STYLES[verdict]))
    return int(verdict == CheckVerdict.BAD)


def _line(finding: DoctorFinding, settings: Settings) -> Text:
    subject, text = sentence(finding, as_lang(settings.lang))
    mark = f"[{translated(VERDICT_NAMES[finding.verdict])}] "
    return Text.assemble((mark, STYLES[finding.verdict]), (f"{subject}: ", "bold"), text)
