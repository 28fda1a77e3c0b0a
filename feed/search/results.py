"""What is asked in the search field, and the posts, people and topics it finds."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from accounts.models import User
from feed.search import fulltext
from feed.stream import candidates
from notes_site.text import folded
from posts.models import Photo, PostTopic, Topic
from posts.models.post import Viewer
from posts.text.tags import AT, HASH, topic_name

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posts.models.post import PostQuerySet

LONGEST = 200
SORTS = {"newest": "published_at", "likes": "like_count"}
_OPERATOR = re.compile(rf"(?<!\S)(from|topic|has):([{AT}{HASH}]?)(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class SearchQuery:
    """A search as it was typed, taken apart."""

    words: str
    author: str = ""
    topic: str = ""
    has_alt: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return self == SearchQuery("")


def parse_query(text: str) -> SearchQuery:
    """Take a search apart: words, `from:name`, `topic:name`, `has:alt`; #words are words too."""
    # PostgreSQL refuses text with a NUL.
    text = text[:LONGEST].replace("\0", "")
    asked = {name.lower(): value for name, _sign, value in _OPERATOR.findall(text)}
    topic = asked.get("topic", "")
    return SearchQuery(
        words=" ".join(_OPERATOR.sub(" ", text).split()),
        author=folded(asked.get("from", "")),
        # Never '' for what can't be a topic: that would search without one and find everything.
        topic=topic_name(topic) or folded(topic),
        has_alt=asked.get("has", "").lower() == "alt",
    )


def posts(question: SearchQuery, viewer: Viewer) -> "PostQuerySet":
    """The public posts that match; who looks for what they muted finds it."""
    found = candidates.listed_for(viewer)
    if question.author:
        found = found.filter(author__username=question.author)
    if question.topic:
        under = PostTopic.objects.filter(post=OuterRef("pk"), topic__name=question.topic)
        found = found.filter(Exists(under))
    if question.has_alt:
        described = Photo.objects.filter(post=OuterRef("pk")).exclude(alt_text="")
        found = found.filter(Exists(described))
    if question.words:
        ids = fulltext.matching(fulltext.POSTS, question.words)
        found = found.filter(pk__in=ids) if ids else found.none()
    return found


def people(question: SearchQuery, viewer: Viewer) -> "QuerySet[User]":
    """The people whose names match."""
    ids = fulltext.matching(fulltext.PEOPLE, question.words or question.author)
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
