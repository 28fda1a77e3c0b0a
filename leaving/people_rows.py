"""A person's account and relations, as they stand in their download."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from accounts.models import (
    Block,
    Follow,
    FollowRequest,
    FormerUsername,
    Invite,
    ListMember,
    Mute,
    PeopleList,
    Restriction,
    SignIn,
    SignUp,
    User,
)
from leaving.rows import Row, iso_time


def account(person: User) -> Iterator[Row]:
    """The person: one row."""
    emails = EmailAddress.objects.filter(user=person).order_by("pk")
    second_factors = Authenticator.objects.filter(user=person).order_by("pk")
    former = FormerUsername.objects.filter(user=person).order_by("pk")
    yield {
        "username": person.username,
        "name": person.display_name,
        "bio": person.bio,
        "pronouns": person.pronouns,
        "links": person.links,
        "email": person.email,
        "emails": [
            {"email": each.email, "verified": each.verified, "primary": each.primary}
            for each in emails
        ],
        # Without `data`, which holds the secrets.
        "second_factors": [
            {
                "type": each.type,
                "created_at": iso_time(each.created_at),
                "last_used_at": iso_time(each.last_used_at),
            }
            for each in second_factors
        ],
        "former_usernames": [
            {"username": each.username, "until": iso_time(each.until)} for each in former
        ],
        "joined_at": iso_time(person.date_joined),
        "last_signed_in_at": iso_time(person.last_login),
        "leaving_at": iso_time(person.leaving_at),
        "suspended_at": iso_time(person.suspended_at),
        "suspended_reason": person.suspended_reason,
        "roles": [group.name for group in person.groups.order_by("name")],
        "is_owner_of_the_site": person.is_superuser,
        "sign_up": _sign_up(person),
        **_privacy(person),
    }


def _privacy(person: User) -> Row:
    return {
        "is_private": person.is_private,
        "shows_likes": person.shows_likes,
        "hides_like_counts": person.hides_like_counts,
        "comments_by": person.comments_by,
        "approves_comments": person.approves_comments,
        "filtered_words": person.filtered_words.splitlines(),
        "follower_count": person.follower_count,
        "following_count": person.following_count,
    }


def _sign_up(person: User) -> Row | None:
    found = SignUp.objects.filter(user=person).first()
    if found is None:
        return None
    return {
        "reason": found.reason,
        "created_at": iso_time(found.created_at),
        "decided_at": iso_time(found.decided_at),
    }


def following(person: User) -> Iterator[Row]:
    """Whom the person follows."""
    yield from _named(Follow.objects.filter(follower=person), "followee")


def followers(person: User) -> Iterator[Row]:
    """Who follows the person."""
    yield from _named(Follow.objects.filter(followee=person), "follower")


def requests(person: User) -> Iterator[Row]:
    """Requests to follow that wait, by the person and to them."""
    mine = Q(requester=person) | Q(target=person)
    found = FollowRequest.objects.filter(mine).select_related("requester", "target")
    for each in found.order_by("pk").iterator():
        yield {
            "by": each.requester.username,
            "to": each.target.username,
            "created_at": iso_time(each.created_at),
        }


def lists(person: User) -> Iterator[Row]:
    """The person's lists, with who is on them."""
    for each in PeopleList.objects.filter(owner=person).order_by("pk").iterator():
        members = ListMember.objects.filter(people_list=each).select_related("person")
        yield {
            "list": each.code,
            "name": each.name,
            "created_at": iso_time(each.created_at),
            "people": [
                {"username": member.person.username, "added_at": iso_time(member.added_at)}
                for member in members.order_by("pk")
            ],
        }


def blocks(person: User) -> Iterator[Row]:
    """Whom the person blocked."""
    yield from _named(Block.objects.filter(blocker=person), "blocked")


def mutes(person: User) -> Iterator[Row]:
    """Whom the person muted, and of what."""
    found = Mute.objects.filter(muter=person).select_related("muted").order_by("pk")
    for each in found.iterator():
        yield {
            "username": each.muted.username,
            "posts": each.posts,
            "comments": each.comments,
            "until": iso_time(each.until),
            "created_at": iso_time(each.created_at),
        }


def restrictions(person: User) -> Iterator[Row]:
    """Whom the person restricted."""
    yield from _named(Restriction.objects.filter(restricter=person), "restricted")


def invites(person: User) -> Iterator[Row]:
    """The invitations the person made."""
    for each in Invite.objects.filter(created_by=person).order_by("pk").iterator():
        yield {
            "code": each.code,
            "note": each.note,
            "created_at": iso_time(each.created_at),
            "most_uses": each.most_uses,
            "uses": each.use_count,
            "expires_at": iso_time(each.expires_at),
            "revoked_at": iso_time(each.revoked_at),
        }


def sign_ins(person: User) -> Iterator[Row]:
    """The sign-ins that are remembered, with the refused ones."""
    for each in SignIn.objects.filter(user=person).order_by("pk").iterator():
        yield {
            "at": iso_time(each.at),
            "method": each.method,
            "was_refused": each.was_refused,
            "address": each.address,
            "agent": each.agent,
        }


def _named(rows: "QuerySet[Any]", other: str) -> Iterator[Row]:
    """Of each row the other person's name and the time."""
    for each in rows.select_related(other).order_by("pk").iterator():
        yield {"username": getattr(each, other).username, "created_at": iso_time(each.created_at)}
