"""Login, and the current person."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, ConfigDict

from api.context import context_of
from api.security import API_LIFETIME, address_of, bearer, current_person, sign_in
from core.people.people import PERMISSIONS, Person, Role, has_permission

open_router = APIRouter(tags=["people"])
router = APIRouter(tags=["people"], dependencies=[Depends(bearer)])


class TokenOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_token": "q1W…", "token_type": "bearer", "expires_in": 86400}]
        }
    )

    access_token: str
    token_type: str = "bearer"
    expires_in: int


class MeOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4,
                    "name": "任师傅",
                    "username": "ren",
                    "role": "keeper",
                    "language": "zh",
                    "cooperative": None,
                    "village": 2,
                    "permissions": ["acknowledge", "see_alerts", "see_rooms", "write_stock"],
                }
            ]
        }
    )

    id: int
    name: str
    username: str | None
    role: Role
    language: Literal["zh", "en"]
    cooperative: int | None
    village: int | None
    permissions: list[str]


@open_router.post("/token", summary="Sign in: user name and password for a bearer token")
def create_token(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> TokenOut:
    """Valid for one day. 429 with `Retry-After` after five failures in a quarter of an hour."""
    context = context_of(request)
    token_text, _ = sign_in(context, form.username, form.password, address_of(request), "api")
    return TokenOut(access_token=token_text, expires_in=API_LIFETIME // 1000)


@router.get("/me", summary="The current person and their permissions")
def get_me(person: Annotated[Person, Depends(current_person)]) -> MeOut:
    permissions = sorted(name for name in PERMISSIONS if has_permission(person, name))
    return MeOut.model_validate({**asdict(person), "permissions": permissions})
