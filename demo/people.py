"""The accounts of the demo people, and how one signs in as them."""

import os
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.social import follows
from demo.community import Community, Person
from moderation import roles
from notes_site.ids import random_key

# By RFC 2606 nobody can own an address here, so it tells a demo june from a real one.
MAIL_DOMAIN = "demo.invalid"
PASSWORD_LENGTH = 16


class NameTakenError(Exception):
    """Somebody here has the username of a demo person."""


def users_of(community: Community) -> QuerySet[User]:
    """The accounts of the demo people that are here, never a namesake's."""
    pairs = Q(pk__in=[])
    for person in community.people:
        pairs |= Q(username=person.username, email=mail_address(person))
    return User.objects.filter(pairs)


def make_people(community: Community) -> None:
    """Make the accounts that are missing, without a password yet, and let them follow each other.

    Raises NameTakenError, before anything is made.
    """
    _refuse_namesakes(community)
    users = {person.username: _account(person) for person in community.people}
    for person in community.people:
        for followee in person.follows:
            follows.follow(follower=users[person.username], followee=users[followee])


def can_sign_in(community: Community) -> bool:
    """Whether the passwords are set, which is the last thing that loading does."""
    usable = users_of(community).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return usable.exists()


def set_passwords(community: Community) -> None:
    """Give all demo people the one password of this installation."""
    password = _password()
    for user in users_of(community):
        user.set_password(password)
        user.save(update_fields=["password"])


def sign_ins(community: Community) -> list[tuple[str, str, str]]:
    """Username, password and role of each demo person, none while the demo is not whole.

    A lost password is replaced first.
    """
    if not can_sign_in(community):
        return []
    if not password_file().exists():
        set_passwords(community)
    here = set(users_of(community).values_list("username", flat=True))
    password = _password()
    people = [person for person in community.people if person.username in here]
    return [(person.username, password, person.role) for person in people]


def mail_address(person: Person) -> str:
    """The address by which a demo account is known."""
    return f"{person.username}@{MAIL_DOMAIN}"


def password_file() -> Path:
    """Where the password is kept, readable by the owner of the process only."""
    return Path(settings.DATA_DIR) / "demo-password"


def _refuse_namesakes(community: Community) -> None:
    strangers = User.objects.exclude(pk__in=users_of(community))
    taken = strangers.filter(username__in=community.usernames).first()
    if taken is not None:
        raise NameTakenError(taken.username)


@transaction.atomic
def _account(person: Person) -> User:
    address = mail_address(person)
    earlier = User.objects.filter(username=person.username, email=address).first()
    if earlier is not None:
        return earlier
    user = User(
        username=person.username,
        email=address,
        display_name=person.display_name,
        bio=person.bio,
        pronouns=person.pronouns,
        links=[dict(link) for link in person.links],
    )
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    if person.role == "moderator":
        roles.make_moderator(user=user, actor=None, reason="demo")
    return user


def _password() -> str:
    """The password, made on first use; a half-written file is never seen under the name."""
    path = password_file()
    if not path.exists():
        waiting = path.with_name(f"{path.name}.part")
        waiting.unlink(missing_ok=True)
        descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(random_key(PASSWORD_LENGTH))
        waiting.replace(path)
    return path.read_text().strip()
