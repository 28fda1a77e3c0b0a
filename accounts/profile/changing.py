"""What a person says about themself, and who may see what they show."""

from collections.abc import Sequence
from typing import TypedDict

from django.db import transaction

from accounts.models import User
from accounts.social import follows
from notes_site.queue import events

MAX_LINKS = 5


class Link(TypedDict):
    """An address that a person shows on their profile, and what it is called there."""

    label: str
    url: str


@transaction.atomic
def change_profile(
    *,
    person: User,
    display_name: str,
    bio: str,
    pronouns: str = "",
    links: Sequence[Link] = (),
) -> None:
    """Write what a profile says; pages that show the name are made anew."""
    User.objects.filter(pk=person.pk).update(
        display_name=display_name,
        bio=bio,
        pronouns=pronouns,
        links=[dict(link) for link in links[:MAX_LINKS]],
    )
    events.record("user.changed", person.pk)


@transaction.atomic
def change_privacy(
    *, person: User, is_private: bool, shows_likes: bool, hides_like_counts: bool
) -> bool:
    """Write who may see what of a person; True when the account went private or public by it.

    With this transaction every page obeys; renditions move soon after. Who waited to be let into
    an account that is public now follows it.
    """
    if not is_private:
        # Before this person is locked below: it locks many people, lower ids first.
        follows.accept_all(person)
    # Under its lock, so that a request to follow is one to the account as it then is.
    before = follows.lock(person.pk)[person.pk]
    User.objects.filter(pk=person.pk).update(
        is_private=is_private, shows_likes=shows_likes, hides_like_counts=hides_like_counts
    )
    events.record("user.changed", person.pk)
    if before.is_private == is_private:
        return False
    events.record("user.audience_changed", person.pk)
    return True
