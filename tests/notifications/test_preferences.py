"""How one wants to hear: each switch does what it says, in both places."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications.kinds import FOR_MODERATORS, MAILED_AT_FIRST, Kind
from notifications.models import Notification, Preferences
from posts import likes
from posts.commenting import comments
from posts.models import Post
from tests.notifications.conftest import happen, told

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
ADDRESS = "/settings/notifications/"


def form(**fields: Any) -> dict[str, Any]:
    every = [kind.value for kind in Kind]
    return {
        "on_page": every,
        "by_mail": every,
        "rhythm": "soon",
        "quiet_from": "",
        "quiet_to": "",
        "time_zone": "",
    } | fields


def test_it_is_quiet_at_first(owner: User, post: Post, stranger: User, as_person: SignIn) -> None:
    likes.like(user=stranger, post=post)
    happen()
    kept = Preferences.objects.get(person=owner)
    assert kept.mail_on == list(MAILED_AT_FIRST)
    assert (kept.page_off, kept.mail_due_at) == ([], None)
    page = as_person(owner).get(ADDRESS).content.decode()
    on = re.findall(r'name="(on_page|by_mail)"[^>]* checked', page)
    assert (on.count("on_page"), on.count("by_mail")) == (
        len(Kind) - len(FOR_MODERATORS),
        len(MAILED_AT_FIRST) - len(FOR_MODERATORS),
    )
    assert "Requests to join" not in page
    assert "Reports waiting" not in page


def test_what_is_switched_off_is_not_told(
    owner: User, post: Post, stranger: User, as_person: SignIn
) -> None:
    fields = form(on_page=["comment"], by_mail=["like"])
    assert as_person(owner).post(ADDRESS, fields).status_code == 302
    likes.like(user=stranger, post=post)
    comment = comments.write(author=stranger, post=post, text="Fine light")
    own = comments.write(author=owner, post=post, text="Thanks", parent=comment)
    comments.like(user=stranger, comment=own)
    happen()
    assert sorted(told(owner)) == [(Kind.COMMENT, 1), (Kind.LIKE, 1)]
    rows = {
        row.kind: (row.on_page, row.mail_waits)
        for row in Notification.objects.filter(recipient=owner)
    }
    assert rows == {"comment": (True, False), "like": (False, True)}


def test_a_switch_one_does_not_see_stays_as_it_is(
    owner: User, moderator: User, as_person: SignIn
) -> None:
    mine = form(on_page=["like"], by_mail=["like"])
    assert as_person(owner).post(ADDRESS, mine).status_code == 302
    kept = Preferences.objects.get(person=owner)
    # One day they may moderate, and never turned this off.
    assert (kept.on_page(Kind.SIGN_UP), kept.by_mail(Kind.SIGN_UP)) == (True, True)
    assert as_person(moderator).post(ADDRESS, mine).status_code == 302
    kept = Preferences.objects.get(person=moderator)
    assert (kept.on_page(Kind.SIGN_UP), kept.by_mail(Kind.SIGN_UP)) == (False, False)


def test_what_moderators_do_is_always_on_the_page(owner: User, as_person: SignIn) -> None:
    as_person(owner).post(ADDRESS, form(on_page=[]))
    kept = Preferences.objects.get(person=owner)
    assert kept.on_page(Kind.MODERATION)
    assert not kept.on_page(Kind.LIKE)


def test_quiet_hours_and_rhythm_are_kept(owner: User, as_person: SignIn) -> None:
    fields = form(rhythm="weekly", quiet_from="22:00", quiet_to="07:30", time_zone="Europe/Berlin")
    browser = as_person(owner)
    assert browser.post(ADDRESS, fields).status_code == 302
    kept = Preferences.objects.get(person=owner)
    assert (kept.rhythm, kept.time_zone) == ("weekly", "Europe/Berlin")
    assert (kept.quiet_from, kept.quiet_to) == (time(22), time(7, 30))
    page = browser.get(ADDRESS).content.decode()
    assert 'value="22:00"' in page
    assert '<option value="Europe/Berlin" selected>Europe/Berlin</option>' in page


@pytest.mark.parametrize(
    "fields",
    [
        {"quiet_from": "22:00"},
        {"quiet_to": "07:00"},
        {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"time_zone": "Mars/Olympus"},
        {"rhythm": "hourly"},
        {"by_mail": ["everything"]},
    ],
)
def test_what_makes_no_sense_is_refused(
    owner: User, as_person: SignIn, fields: dict[str, Any]
) -> None:
    assert as_person(owner).post(ADDRESS, form(**fields)).status_code == 422
    assert not Preferences.objects.filter(person=owner).exists()


def test_a_letter_that_waits_follows_the_new_rhythm(owner: User, as_person: SignIn) -> None:
    Preferences.objects.create(person=owner, mail_due_at=timezone.now())
    as_person(owner).post(ADDRESS, form(rhythm="daily"))
    due = Preferences.objects.get(person=owner).mail_due_at
    assert due is not None
    assert (due.hour, due.minute) == (8, 0)


def test_the_settings_are_limited(
    owner: User, rate_limits: dict[str, str], as_person: SignIn
) -> None:
    browser = as_person(owner)
    statuses = {browser.post(ADDRESS, form(rhythm="x")).status_code for _number in range(61)}
    assert statuses == {422, 429}
