"""People, posts, likes and topics in bulk, as a grown site has them; no photos in storage.

Everything denormalised agrees with the rows: like counts, covers, times under topics, and scores
but for the author cap.
Photos have no rows of their own; lists of posts never read them.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db import connection
from django.utils import timezone

from accounts.models import Follow, User
from feed.ranking import popularity
from notes_site.ids import ALPHABET, EPOCH_MS, RANDOM_BITS
from posts.models import Like, Post, PostTopic, Topic
from posts.pictures import Source, picture_to_json

SPAN = timedelta(days=180)
WIDTHS = (320, 640, 1080, 2048)
RATIOS = ((3, 4), (4, 5), (1, 1), (4, 3), (3, 2), (16, 9))
WORDS = ("morning", "light", "over", "the", "old", "harbour", "rain", "lanterns", "and", "sea")
# Audiences and states as they are mixed on a site; most posts are for everyone.
AUDIENCES = [Post.Audience.PUBLIC] * 18 + [
    Post.Audience.FOLLOWERS,
    Post.Audience.SELF,
    Post.Audience.UNLISTED,
]
FOLLOWED = 30
BATCH = 5_000
Item = TypeVar("Item")
# So many words of a text, as somebody would write them.
Writer = Callable[[random.Random, int], str]


@dataclass(frozen=True)
class Filled:
    """What a filled database has for a benchmark to use."""

    member: User
    author: User
    topic: Topic


def some_words(dice: random.Random, count: int) -> str:
    """So many of ten words."""
    return " ".join(dice.choices(WORDS, k=count)).capitalize()


def fill(posts: int, *, seed: int = 7, writer: Writer = some_words) -> Filled:
    """Make so many posts, a tenth as many people (10 to 2,000), and twice as many likes.

    Returns a member who follows 30 people, the most active author and a common topic.
    """
    dice = random.Random(seed)
    people = make_people(max(10, min(2_000, posts // 10)))
    topics = make_topics()
    for batch in batches(new_posts(posts, people, dice, writer)):
        Post.objects.bulk_create(batch)
        _likes(batch, people, dice)
        put_under_topics(batch, topics, dice)
    if connection.vendor == "postgresql":
        # As autovacuum does on a site; on SQLite nobody does.
        analyze()
    return Filled(people[1], people[0], topics[0])


def make_people(count: int) -> list[User]:
    """So many people; the second follows the thirty after them."""
    people = User.objects.bulk_create(
        [
            User(
                username=f"person{n}",
                email=f"person{n}@example.org",
                display_name=f"Person {n}",
                # Django's mark for an unusable password: there is nothing to hash.
                password="!",
            )
            for n in range(count)
        ],
        batch_size=BATCH,
    )
    member, others = people[1], people[2 : FOLLOWED + 2]
    Follow.objects.bulk_create([Follow(follower=member, followee=other) for other in others])
    User.objects.filter(pk=member.pk).update(following_count=len(others))
    User.objects.filter(pk__in=[other.pk for other in others]).update(follower_count=1)
    return people


def make_topics() -> list[Topic]:
    """Fifty topics."""
    return Topic.objects.bulk_create([Topic(name=f"topic{n}") for n in range(50)])


def new_posts(
    count: int,
    people: Sequence[User],
    dice: random.Random,
    writer: Writer = some_words,
    *,
    likes: float = 2.0,
) -> Iterator[Post]:
    """So many posts of half a year, not written yet, with about so many likes each."""
    now = timezone.now()
    # Ids count milliseconds from this epoch and can't be negative.
    oldest = max(now - SPAN, datetime.fromtimestamp(EPOCH_MS / 1000, tz=now.tzinfo))
    step = (now - oldest) / count
    scale = popularity.time_scale(step)
    for number in range(count):
        liked = min(len(people) - 1, int(dice.expovariate(1 / likes)))
        yield _post(oldest + step * number, people, liked, scale, dice, writer)


def _post(
    when: datetime,
    people: Sequence[User],
    likes: int,
    scale: timedelta,
    dice: random.Random,
    writer: Writer,
) -> Post:
    hidden = dice.random() < 0.005
    ready = dice.random() > 0.002
    milliseconds = int(when.timestamp() * 1000) - EPOCH_MS
    return Post(
        id=(milliseconds << RANDOM_BITS) | dice.getrandbits(RANDOM_BITS),
        # Few post much and many little, as on every site.
        author=people[int(len(people) * dice.random() ** 3)],
        title=writer(dice, 5),
        caption=writer(dice, 20),
        audience=dice.choice(AUDIENCES),
        state=Post.State.PUBLISHED if ready else Post.State.PROCESSING,
        hidden_at=when if hidden else None,
        hidden_reason="spam" if hidden else "",
        published_at=when if ready else None,
        created_at=when,
        like_count=likes,
        photo_count=dice.choice((1, 1, 1, 2, 5)),
        cover=_cover(dice),
        hot=popularity.hot(
            engagement=popularity.engagement(likes=likes, comments=0),
            published=when.timestamp(),
            scale=scale,
        ),
    )


def _cover(dice: random.Random) -> dict[str, object]:
    across, down = dice.choice(RATIOS)
    keys = (f"public/{''.join(dice.choices(ALPHABET, k=22))}.webp" for _ in WIDTHS)
    return picture_to_json(
        width=across * 800,
        height=down * 800,
        alt=some_words(dice, 10),
        thumbhash="3OcRJYB4d3h/iIeHeEh3eIhw+j3A",
        sources=[Source(key, width) for key, width in zip(keys, WIDTHS, strict=True)],
    )


def _likes(posts: Sequence[Post], people: Sequence[User], dice: random.Random) -> None:
    now = timezone.now()
    likes = []
    for post in posts:
        # Neighbours in the list, so that nobody likes twice and nobody their own.
        first = dice.randrange(len(people))
        around = (people[(first + n) % len(people)] for n in range(len(people)))
        fans = islice((one for one in around if one.pk != post.author_id), post.like_count)
        likes += [Like(post=post, user=fan, created_at=now) for fan in fans]
    Like.objects.bulk_create(likes, batch_size=BATCH)


def put_under_topics(posts: Sequence[Post], topics: Sequence[Topic], dice: random.Random) -> None:
    """Each of the posts under one of the topics, the first far more often than the last."""
    PostTopic.objects.bulk_create(
        [
            PostTopic(post=post, topic=topic, published_at=post.published_at)
            for post in posts
            for topic in {topics[min(int(dice.expovariate(0.1)), len(topics) - 1)]}
        ],
        batch_size=BATCH,
    )


def batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """The items in lists of `BATCH`."""
    while batch := list(islice(items, BATCH)):
        yield batch


def analyze() -> None:
    """Give the planner its statistics."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
