"""What is asked in the search field, and the posts, people and topics it finds."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import regex
from django.db.models import Exists, OuterRef

from accounts.models import User
from feed.ranking.relevance import rank, relevance
from feed.search import fulltext, months
from feed.search.fulltext import Asked
from feed.search.words import QUOTED
from feed.stream import candidates
from notes_site.ids import first_id_of
from notes_site.text import folded
from posts.models import Photo, PostTopic, Topic
from posts.models.post import Viewer
from posts.text.tags import AT, HASH, topic_name

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posts.models.post import PostQuerySet

LONGEST = 200
SORTS = {"newest": "published_at", "likes": "like_count"}
# As many of the newest matches of each kind are put in order: titles, whole words, beginnings.
RANKED = 300
# What is said in quotes is no operator.
_OPERATOR = regex.compile(
    rf"{QUOTED}(*SKIP)(*FAIL)|(?<!\S)(from|topic|has|before|after):[{AT}{HASH}]?(\S+)",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class SearchQuery:
    """A search as it was typed, taken apart."""

    # Those in quotes still have them.
    words: str
    author: str = ""
    topic: str = ""
    has_alt: bool = False
    after: datetime | None = None
    before: datetime | None = None
    # What was written for a date and is none: the search goes on without it.
    odd_dates: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for: no words, and nothing to filter by."""
        return self == SearchQuery("", odd_dates=self.odd_dates)


class Ranked(NamedTuple):
    """A post that was found, and the number by which it is sorted."""

    pk: int
    version: int
    rank: float


def parse_query(text: str) -> SearchQuery:
    """Take a search apart: words, "phrases", and `from: topic: has: before: after:`.

    #words are words too.
    """
    # PostgreSQL refuses text with a NUL.
    text = text[:LONGEST].replace("\0", "")
    asked = {match[2].lower(): match[3] for match in _OPERATOR.finditer(text)}
    topic = asked.get("topic", "")
    dates = {name: _date(asked.get(name, "")) for name in ("after", "before")}
    return SearchQuery(
        words=" ".join(_OPERATOR.sub(" ", text).split()),
        author=folded(asked.get("from", "")),
        # Never '' for what can't be a topic: that would search without one and find everything.
        topic=topic_name(topic) or folded(topic),
        has_alt=asked.get("has", "").lower() == "alt",
        odd_dates=tuple(asked[name] for name in dates if name in asked and not dates[name]),
        **dates,
    )


def posts(question: SearchQuery, viewer: Viewer) -> "PostQuerySet":
    """The public posts that match; who looks for what they muted finds it."""
    found = _filtered(question, viewer)
    if question.words:
        ids = fulltext.matching(fulltext.POSTS, _asked(question))
        found = found.filter(pk__in=ids) if ids else found.none()
    return found


def ranked(
    question: SearchQuery, viewer: Viewer, *, newest: int | None = None, most: int = RANKED
) -> list[Ranked]:
    """The posts of `posts`, the most relevant first, of those with ids up to `newest`.

    Of what very many posts have, the newest `most` with all words in their titles and the newest
    with all words whole are put in order; those with beginnings of words when there are fewer.
    """
    kinds = _asked(question)
    if newest is not None:
        kinds = [kind._replace(newest=min(newest, kind.newest)) for kind in kinds]
    whole = [better for kind in kinds for better in (kind.in_title, kind.whole)]
    texts = dict(fulltext.texts(fulltext.POSTS, whole, most))
    # What is all in quotes has no beginnings to look for.
    if len(texts) < most and kinds[0] != kinds[0].whole:
        texts |= fulltext.texts(fulltext.POSTS, kinds, most)
    words = [" ".join(term.words) for term in kinds[0].terms]
    rows = _filtered(question, viewer).filter(pk__in=texts).values_list("pk", "version", "hot")
    found = (
        Ranked(pk, version, rank(relevance(words, _fields(texts[pk])), hot))
        for pk, version, hot in rows.order_by()
    )
    return sorted(found, key=lambda post: (post.rank, post.pk), reverse=True)


def people(question: SearchQuery, viewer: Viewer) -> "QuerySet[User]":
    """The people whose names match."""
    asked = fulltext.asked(question.words or question.author)
    ids = fulltext.matching(fulltext.PEOPLE, [asked])
    return User.objects.visible_to(viewer).filter(pk__in=ids) if ids else User.objects.none()


def topics(question: SearchQuery, viewer: Viewer, most: int) -> list[Topic]:
    """Topics that begin with the word and have a post which the viewer may see; at most `most`."""
    word = question.topic or topic_name(question.words.lstrip(HASH))
    if not word:
        return []
    # A range, for which the index of unique names serves on both databases.
    begins = Topic.objects.filter(name__gte=word, name__lt=word + "\U0010ffff")
    shown = candidates.listed_for(viewer).filter(posttopic__topic=OuterRef("pk"))
    return list(begins.filter(Exists(shown)).order_by("name")[:most])


def _filtered(question: SearchQuery, viewer: Viewer) -> "PostQuerySet":
    found = candidates.listed_for(viewer)
    if question.author:
        found = found.filter(author__username=question.author)
    if question.topic:
        under = PostTopic.objects.filter(post=OuterRef("pk"), topic__name=question.topic)
        found = found.filter(Exists(under))
    if question.has_alt:
        described = Photo.objects.filter(post=OuterRef("pk")).exclude(alt_text="")
        found = found.filter(Exists(described))
    if question.after:
        found = found.filter(published_at__gte=question.after)
    if question.before:
        found = found.filter(published_at__lt=question.before)
    return found


def _asked(question: SearchQuery) -> list[Asked]:
    """The words with the marks of the filters, so that the newest matches are those asked for.

    `before:` is asked in two ways, so that nobody reads through all newer posts: most posts are as
    old as their ids, and those that were brought here later have a mark.
    """
    marks = ["!alt"] if question.has_alt else []
    if question.author:
        marks.append(_mark("@", User.objects.filter(username=question.author)))
    if question.topic:
        marks.append(_mark("#", Topic.objects.filter(name=question.topic)))
    times = months.marks_between(question.after, question.before)
    asked = fulltext.asked(question.words, marks, times)
    if not question.before:
        return [asked]
    brought = asked._replace(marks=[*marks, months.BROUGHT])
    return [asked._replace(newest=first_id_of(question.before) - 1), brought]


def _mark(sign: str, rows: "QuerySet[User] | QuerySet[Topic]") -> str:
    # A bare sign is what nothing is marked with.
    return f"{sign}{rows.values_list('pk', flat=True).first() or ''}"


def _fields(words: str) -> list[str]:
    return [field.strip() for field in words.split(fulltext.BREAK)]


def _date(text: str) -> datetime | None:
    try:
        return months.beginning_of(text)
    except ValueError:
        return None
