"""How a command handles errors that the operator can fix."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from coldshed.messages import translated
from coldshed.services import FAILED, REFUSED
from core.errors import Refused, SettingsError, StoreError


@contextmanager
def exit_on_refusal(store: str = "the database") -> Iterator[None]:
    """Prints errors that the operator can fix as a sentence, without a traceback, and exits. `store`: whose
    errors they are."""
    try:
        yield
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except Refused as error:
        print(translated(error.text, **error.facts), file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except StoreError as error:
        print(f"{store}: {error}", file=sys.stderr)
        raise typer.Exit(FAILED) from None
