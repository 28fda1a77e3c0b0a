"""Keeping somebody at a distance, and what two people are to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery

from accounts.models import (
    Block,
    Follow,
    FollowRequest,
    ListMember,
    Mute,
    PeopleList,
    Restriction,
    User,
)
from accounts.models.relations import active_mutes, hiding_anyone
from accounts.social import follows
from notes_site.queue import events


@dataclass(frozen=True)
class Relation:
    """What a person is to the one who looks, as far as the one who looks may know."""

    follows: bool = False
    followed_by: bool = False
    # The viewer asked to follow them, and they asked to follow the viewer.
    requested: bool = False
    asks: bool = False
    blocks: bool = False
    mutes_posts: bool = False
    mutes_comments: bool = False
    muted_until: datetime | None = None
    restricts: bool = False

    @property
    def friends(self) -> bool:
        """Both follow each other."""
        return self.follows and self.followed_by

    @property
    def mutes(self) -> bool:
        """The viewer does not want to see something of theirs."""
        return self.mutes_posts or self.mutes_comments


def relation(viewer: User | AnonymousUser, person: User) -> Relation:
    """What the person is to the viewer, in one query; nothing to visitors and to oneself."""
    return relations(viewer, [person])[person.pk]


def relations(viewer: User | AnonymousUser, people: Sequence[User]) -> dict[int, Relation]:
    """The same for many people, by id, in one query too."""
    found = dict.fromkeys((person.pk for person in people), Relation())
    if viewer.is_authenticated and any(person_id != viewer.pk for person_id in found):
        others = User.objects.filter(pk__in=found).exclude(pk=viewer.pk).order_by()
        columns = _columns(viewer.pk)
        for row in others.annotate(**columns).values("pk", *columns):
            person_id = row.pop("pk")
            found[person_id] = Relation(**row)
    return found


def with_relations(
    viewer: User | AnonymousUser, people: Sequence[User]
) -> list[tuple[User, Relation]]:
    """Each person with what they are to the viewer, in the order given; one query for all."""
    found = relations(viewer, people)
    return [(person, found[person.pk]) for person in people]


def is_open_to(viewer: User | AnonymousUser, person: User, relation: Relation) -> bool:
    """Whether the viewer may look around at a person's: a private account's, its followers alone.

    That is whom they follow, who follows them, and what they posted for everyone.
    """
    return not person.is_private or viewer.pk == person.pk or relation.follows


def hides_anyone(viewer: User) -> bool:
    """Whether there is anybody whose posts are kept from the viewer's feed; one short query.

    For most people there is nobody, and lists that are the same for all need no look at each row.
    """
    if viewer.facts:
        return viewer.facts.hides_anyone
    return bool(User.objects.filter(hiding_anyone(), pk=viewer.pk).exists())


@transaction.atomic
def block(*, blocker: User, blocked: User) -> bool:
    """Neither exists for the other from this transaction on; False when it is so already.

    What was between them is undone both ways: follows, requests, places on lists.
    """
    people = follows.lock(blocker.pk, blocked.pk)
    # They are the same person, or one of them was just deleted.
    if len(people) < 2:
        return False
    _block, created = Block.objects.get_or_create(blocker=blocker, blocked=blocked)
    if created:
        for one, other in ((blocker.pk, blocked.pk), (blocked.pk, blocker.pk)):
            follows.end(one, other)
            _take_off_lists(one, other)
        events.record("people.blocked", blocker.pk, blocked=str(blocked.pk))
    return created


@transaction.atomic
def unblock(*, blocker: User, blocked: User) -> bool:
    """Undo `block`, but not what it undid; True when there was a block."""
    follows.lock(blocker.pk, blocked.pk)
    removed, _rows = Block.objects.filter(blocker=blocker, blocked=blocked).delete()
    if removed:
        events.record("people.unblocked", blocker.pk, blocked=str(blocked.pk))
    return bool(removed)


@transaction.atomic
def mute(
    *,
    muter: User,
    muted: User,
    posts: bool = True,
    comments: bool = True,
    until: datetime | None = None,
) -> bool:
    """Keep somebody's posts, comments or both from the muter, until a time or for good.

    Replaces what was muted of them before. False for oneself, and when nothing is to be muted.
    """
    if muter.pk == muted.pk or not (posts or comments):
        return False
    follows.lock(muter.pk)
    columns = {"posts": posts, "comments": comments, "until": until}
    Mute.objects.update_or_create(muter=muter, muted=muted, defaults=columns)
    return True


@transaction.atomic
def unmute(*, muter: User, muted: User) -> bool:
    """Hear of somebody again; True when they were muted."""
    removed, _rows = Mute.objects.filter(muter=muter, muted=muted).delete()
    return bool(removed)


@transaction.atomic
def restrict(*, restricter: User, restricted: User) -> bool:
    """Hold back what somebody writes under one's posts until it is approved; True when new."""
    if restricter.pk == restricted.pk:
        return False
    follows.lock(restricter.pk)
    _row, created = Restriction.objects.get_or_create(restricter=restricter, restricted=restricted)
    return created


@transaction.atomic
def unrestrict(*, restricter: User, restricted: User) -> bool:
    """Let their words appear at once again; True when they were restricted."""
    removed, _rows = Restriction.objects.filter(
        restricter=restricter, restricted=restricted
    ).delete()
    return bool(removed)


def _take_off_lists(owner_id: int, person_id: int) -> None:
    """Take a person off all lists of an owner, both locked."""
    memberships = ListMember.objects.filter(people_list__owner=owner_id, person=person_id)
    list_ids = list(memberships.values_list("people_list", flat=True))
    if list_ids:
        memberships.delete()
        PeopleList.objects.filter(pk__in=list_ids).update(member_count=F("member_count") - 1)


def _columns(viewer_id: int) -> dict[str, Exists | Subquery]:
    """The columns of a `Relation`, asked beside the row of a person."""
    them = OuterRef("pk")
    mutes = Mute.objects.filter(active_mutes(), muter=viewer_id, muted=them)
    return {
        "follows": Exists(Follow.objects.filter(follower=viewer_id, followee=them)),
        "followed_by": Exists(Follow.objects.filter(follower=them, followee=viewer_id)),
        "requested": Exists(FollowRequest.objects.filter(requester=viewer_id, target=them)),
        "asks": Exists(FollowRequest.objects.filter(requester=them, target=viewer_id)),
        "blocks": Exists(Block.objects.filter(blocker=viewer_id, blocked=them)),
        "mutes_posts": Exists(mutes.filter(posts=True)),
        "mutes_comments": Exists(mutes.filter(comments=True)),
        "muted_until": Subquery(mutes.values("until")[:1]),
        "restricts": Exists(Restriction.objects.filter(restricter=viewer_id, restricted=them)),
    }
