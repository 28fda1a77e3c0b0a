"""What is only made and taken away, as a like is: counted before anything is looked up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.authorization.test_addresses import ADDRESSES, never

AsPerson = Callable[[User | None], Client]


@pytest.fixture
def resources(owner: User, as_person: AsPerson) -> dict[str, str]:
    """An address that leads to nothing for each kind of them, by its name."""
    browser = as_person(owner)
    found = {}
    for name, named_by in ADDRESSES:
        address = reverse(name, kwargs={each: never(each) for each in named_by})
        if browser.get(address).get("Allow") == "POST, DELETE":
            found[name] = address
    return found


def test_all_of_them_are_known(resources: dict[str, str]) -> None:
    assert set(resources) == {
        "accounts:block",
        "accounts:follow",
        "accounts:follower",
        "accounts:member",
        "accounts:mute",
        "accounts:request",
        "accounts:restrict",
        "accounts:session",
        "feed:dismiss",
        "feed:muted_word",
        "feed:topic_follow",
        "feed:topic_mute",
        "feed:topic_pin",
        "posts:collection_cover",
        "posts:collection_item",
        "posts:comment_like",
        "posts:comment_pin",
        "posts:like",
        "posts:pin",
        "posts:save",
    }


def test_asking_for_what_never_was_is_limited_too(
    resources: dict[str, str], owner: User, as_person: AsPerson, rate_limits: dict[str, Any]
) -> None:
    for action in rate_limits:
        rate_limits[action] = "1/5m/user"
    browser = as_person(owner)
    for name, address in resources.items():
        caches["default"].clear()
        answers = [browser.delete(address).status_code for _ in range(2)]
        assert answers == [404, 429], name
