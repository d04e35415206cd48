import pytest
import typer

from coldshed.refusing import exit_on_refusal
from coldshed.services import FAILED, REFUSED
from core.errors import Refused, SettingsError, StoreError


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (SettingsError("COLDSHED_X is wrong"), REFUSED, "COLDSHED_X is wrong"),
        (Refused("bad", "%(name)s 不行", name="a"), REFUSED, "a"),
        (StoreError("disk full"), FAILED, "disk full"),
    ],
)
def test_an_error_of_the_operator_is_a_sentence_and_a_code(
    error: Exception, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, exit_on_refusal():
        raise error
    assert ended.value.exit_code == code
    written = capsys.readouterr()
    assert text in written.err
    assert "Traceback" not in written.err
    assert written.out == ""


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), exit_on_refusal():
        raise ZeroDivisionError
