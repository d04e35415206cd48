"""The two fields for a new password."""

from core.errors import Refused
from core.people.accounts import check_new_password
from web.base.forms import SubmittedForm
from web.base.localizer import Localizer

FIELDS = {"password_too_short": "password", "passwords_differ": "again"}


def check_password_fields(form: SubmittedForm, words: Localizer) -> None:
    """Sets an error at `password` or `again` if the new password cannot be used."""
    try:
        check_new_password(form["password"], form["again"])
    except Refused as refused:
        form.wrong(FIELDS[refused.reason], words(refused.text, **refused.facts))
