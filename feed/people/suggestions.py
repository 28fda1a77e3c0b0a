"""People whom a member might like to follow, each with the reason why."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Follow, FollowRequest, Restriction, User
from accounts.models.relations import muted_by
from accounts.models.user import in_good_standing
from accounts.social import relations
from accounts.social.relations import Relation
from feed.models import DismissedSuggestion
from feed.people import sources
from feed.search import popular
from feed.stream import candidates
from posts.pictures import Picture

if TYPE_CHECKING:
    from accounts.models.user import PeopleQuerySet

SHOWN = 12
# So many of the best are looked at, for most of them may be followed already.
CONSIDERED = 300
PICTURES = 3
# Those among whom it is counted who else follows somebody.
COUNTED_FOLLOWED = 200
# What counts more than what. Beyond a handful, one more says little.
A_FOLLOWER, A_TOPIC, ACTIVE = 3, 2, 1
MOST_FOLLOWERS, MOST_TOPICS = 5, 3


@dataclass(frozen=True)
class Suggestion:
    """Somebody to follow, and why; with the covers of their newest posts where those are shown."""

    person: User
    reason: str
    relation: Relation = field(default_factory=Relation)
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Found:
    """Everybody that the sources named: who stands for them, and by what."""

    followers: Counter[int]
    topics: dict[int, list[str]]
    active: list[int]

    def best(self) -> list[int]:
        """The ids of those considered, the best first."""
        points: Counter[int] = Counter()
        for pk, count in self.followers.items():
            points[pk] += A_FOLLOWER * min(count, MOST_FOLLOWERS)
        for pk, names in self.topics.items():
            points[pk] += A_TOPIC * min(len(names), MOST_TOPICS)
        for pk in self.active:
            points[pk] += ACTIVE
        place = {pk: number for number, pk in enumerate(self.active)}
        # Among equals the most followed of the active ones, then who came last.
        order = sorted(points, key=lambda pk: (-points[pk], place.get(pk, len(place)), -pk))
        return order[:CONSIDERED]


def for_member(viewer: User, most: int = SHOWN) -> list[Suggestion]:
    """Whom the viewer might follow, the best first; nobody they know or want nothing of."""
    found = _found(viewer)
    ids = found.best()
    people = suggestable(viewer).in_bulk(ids) if ids else {}
    return _with_reasons(viewer, [people[pk] for pk in ids if pk in people][:most], found)


def shown_to(viewer: User) -> list[Suggestion]:
    """The same with the covers of their newest posts."""
    return _with_pictures(viewer, for_member(viewer))


def again(viewer: User, person: User) -> Suggestion:
    """The same for one person, for who takes a dismissal back."""
    relation = relations.relation(viewer, person)
    found = _with_reasons(viewer, [person], _found(viewer))
    [suggestion] = _with_pictures(viewer, found)
    return replace(suggestion, relation=relation)


def suggestable(viewer: User) -> "PeopleQuerySet":
    """Those who may be suggested to the viewer at all.

    Nobody private, nor whom the viewer follows, asked to follow, muted, restricted or dismissed.
    """
    them, me = OuterRef("pk"), viewer.pk
    known = (
        Follow.objects.filter(follower=me, followee=them),
        FollowRequest.objects.filter(requester=me, target=them),
        Restriction.objects.filter(restricter=me, restricted=them),
        DismissedSuggestion.objects.filter(person=me, other=them),
    )
    muted = muted_by(me, "pk", "posts") | muted_by(me, "pk", "comments")
    people = User.objects.visible_to(viewer).filter(is_private=False).exclude(pk=me)
    return people.exclude(muted).filter(*(~Exists(rows) for rows in known))


def _found(viewer: User) -> Found:
    return Found(
        followers=sources.followed_by_followed(viewer),
        topics=sources.under_followed_topics(viewer),
        active=popular.active(),
    )


def _with_reasons(viewer: User, people: list[User], found: Found) -> list[Suggestion]:
    followers = _followers_known(
        viewer, [person.pk for person in people if person.pk in found.followers]
    )
    return [
        Suggestion(person, _reason(followers.get(person.pk, []), found.topics.get(person.pk, [])))
        for person in people
    ]


def _with_pictures(viewer: User, suggested: Sequence[Suggestion]) -> list[Suggestion]:
    """Each with what the viewer could find of their newest posts; in two queries."""
    if not suggested:
        return []
    theirs = candidates.explore(viewer).filter(author=OuterRef("pk"))
    newest = theirs.order_by("-published_at", "-pk").values("pk")
    columns = {f"post_{n}": Subquery(newest[n : n + 1]) for n in range(PICTURES)}
    people = User.objects.filter(pk__in=[each.person.pk for each in suggested]).order_by()
    posts_of = {pk: ids for pk, *ids in people.annotate(**columns).values_list("pk", *columns)}
    wanted = [pk for ids in posts_of.values() for pk in ids if pk]
    posts = candidates.explore(viewer).only("cover").in_bulk(wanted)
    covers = {pk: post.cover_picture for pk, post in posts.items()}
    return [
        replace(each, pictures=tuple(cover for pk in ids if (cover := covers.get(pk))))
        for each in suggested
        for ids in [posts_of.get(each.person.pk, ())]
    ]


def _followers_known(viewer: User, ids: list[int]) -> dict[int, list[str]]:
    """By person, the names of those who follow them among whom the viewer followed last."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    if ids:
        mine: QuerySet[Follow] = Follow.objects.filter(follower=viewer.pk)
        known = mine.order_by("-created_at", "-pk").values("followee")[:COUNTED_FOLLOWED]
        rows = Follow.objects.filter(
            in_good_standing("follower"), follower__in=known, followee__in=ids
        )
        for pk, name in rows.order_by("pk").values_list("followee", "follower__username"):
            found[pk].append(name)
    return found


def _reason(followers: list[str], topics: list[str]) -> str:
    if len(followers) == 2:
        return _("Followed by @%(one)s and @%(other)s") % {
            "one": followers[0],
            "other": followers[1],
        }
    if followers:
        others = len(followers) - 1
        if not others:
            return _("Followed by @%(name)s") % {"name": followers[0]}
        return ngettext(
            "Followed by @%(name)s and %(count)d other",
            "Followed by @%(name)s and %(count)d others",
            others,
        ) % {"name": followers[0], "count": others}
    if len(topics) > 1:
        return _("Posts about #%(one)s and #%(other)s") % {"one": topics[0], "other": topics[1]}
    if topics:
        return _("Posts about #%(topic)s") % {"topic": topics[0]}
    return _("Active lately")
