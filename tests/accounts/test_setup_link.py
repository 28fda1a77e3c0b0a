"""`manage.py setup_link`: how a deployment gets its owner."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def printed_link() -> str:
    out = io.StringIO()
    call_command("setup_link", stdout=out)
    return out.getvalue().strip()


def test_the_newest_link_opens_the_set_up_page(client: Client) -> None:
    first, second = (link.partition("/setup/")[2] for link in (printed_link(), printed_link()))
    assert client.get(f"/setup/{first}").status_code == 404
    assert client.get(f"/setup/{second}").status_code == 200


def test_with_an_owner_there_is_none() -> None:
    User.objects.create_superuser("boss", "boss@example.org", "a long enough phrase")
    with pytest.raises(CommandError, match="There is already an owner"):
        call_command("setup_link")
