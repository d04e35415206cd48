"""Warnings about goods that are moved in."""

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import Connection

from api.problems import language
from core.catalogue.produce import WARN
from core.phrases import fill
from i18n.language import translator
from store.stock.loading_advice import advice


class WithWarnings(BaseModel):
    """`kind` is stable, `text` a sentence in the caller's language."""

    kind: str
    text: str


def warnings(request: Request, tx: Connection, room: int, produce: str, grams: int) -> list[WithWarnings]:
    """Call before the goods are moved in; what the write refuses is not repeated here.

    Refused: unknown room or produce.
    """
    translate = translator(language(request))
    return [
        WithWarnings(kind=clash.kind, text=fill(clash.text, clash.facts, translate))
        for clash in advice(tx, room, produce, grams)
        if clash.severity == WARN
    ]
