"""Which usernames may be taken, and that mentions find exactly those."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.usernames import RESERVED
from posts.text.captions import mentions_in

GOOD = ["abc", "a_b", "a.b", "_a_", "june.okafor", "x" * 30, "123", "a..b"]
BAD = [
    "",
    "ab",
    "x" * 31,
    ".ab",
    "ab.",
    "a b",
    "a-b",
    "ä00",
    "a@b",
    "a/b",
    "abc\n",
    "\u0430bc",
    *RESERVED,
]


@pytest.mark.parametrize("name", GOOD)
def test_good_names(name: str) -> None:
    User(username=name).clean_fields(exclude=["password"])
    assert mentions_in(f"hello @{name}, come in") == [name]


@pytest.mark.parametrize("name", sorted(BAD))
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        User(username=name).clean_fields(exclude=["password"])


def test_addresses_of_the_site_are_nobodys_name() -> None:
    assert {"admin", "media", "settings", "setup", "topics", "accounts", "new"} <= RESERVED
