"""What a command of the terminal does with an error that the operator can put right."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from coldshed.messages import translated
from coldshed.services import FAILED, REFUSED
from core.errors import Refused, SettingsError, StoreError


@contextmanager
def refusing() -> Iterator[None]:
    """What the operator can put right is said in a sentence, without a traceback."""
    try:
        yield
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except Refused as error:
        print(translated(error.text, **error.facts), file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except StoreError as error:
        print(f"the database: {error}", file=sys.stderr)
        raise typer.Exit(FAILED) from None
