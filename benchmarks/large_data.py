"""A grown site by bulk SQL: up to a million posts and ten million likes on either database.

Posts are made as `benchmarks.data` makes them. Likes and follows are one statement a batch, since
ten million rows are too many to be objects. People have tastes: those who like or follow
somebody are among the few hundred people after them, so that people who like the same posts have
more in common.
"""

import random
from collections.abc import Sequence

from django.db import connection

from accounts.models import User
from benchmarks.data import (
    Filled,
    analyze,
    batches,
    make_people,
    make_topics,
    new_posts,
    put_under_topics,
)
from posts.models import Post

MOST_PEOPLE = 100_000
FEWEST_PEOPLE = 60
LIKES_A_POST = 10
FOLLOWS_EACH = 20
# A prime, so that steps of 7 meet each of so many people once.
NEAR, STEP = 499, 7

_NUMBERED = """
CREATE TEMPORARY TABLE numbered AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_user
"""
_SERIES = """
CREATE TEMPORARY TABLE series AS
WITH RECURSIVE count (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM count WHERE k < {last})
SELECT k FROM count
"""
# Between one and `near` people after the author, so never the author, and nobody twice.
_LIKES = """
INSERT INTO posts_like (post_id, user_id, created_at)
SELECT post.id, fan.id, post.created_at FROM posts_post post
JOIN numbered author ON author.id = post.author_id
JOIN series ON series.k < post.like_count
JOIN numbered fan
    ON fan.n = (author.n + 1 + (post.id % {near} + series.k * {step}) % {near}) % {people}
WHERE post.id BETWEEN %s AND %s
"""
_FOLLOWS = """
INSERT INTO accounts_follow (follower_id, followee_id, created_at)
SELECT follower.id, followee.id, CURRENT_TIMESTAMP FROM numbered follower
JOIN series ON series.k < {each}
JOIN numbered followee
    ON followee.n = (follower.n + {people} - 1 - series.k * {step} % {near}) % {people}
WHERE follower.id <> %s
"""
_COUNTED_FOLLOWS = """
UPDATE accounts_user SET
following_count = (SELECT count(*) FROM accounts_follow WHERE follower_id = accounts_user.id),
follower_count = (SELECT count(*) FROM accounts_follow WHERE followee_id = accounts_user.id)
"""
_TOPICS_FOLLOWED = """
INSERT INTO feed_topicfollow (person_id, topic_id, created_at)
SELECT person.id, topic.id, CURRENT_TIMESTAMP FROM numbered person
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM posts_topic) topic
    ON topic.n IN (person.n % 50, (person.n + 7) % 50, (person.n + 19) % 50)
"""


def fill_large(posts: int, *, seed: int = 7) -> Filled:
    """Make so many posts, a tenth as many people (60 to 100,000), and ten times as many likes.

    Everybody follows twenty people, the member thirty, and three topics.
    """
    dice = random.Random(seed)
    people = make_people(max(FEWEST_PEOPLE, min(MOST_PEOPLE, posts // 10)))
    topics = make_topics()
    _number()
    for batch in batches(new_posts(posts, people, dice, likes=LIKES_A_POST)):
        Post.objects.bulk_create(batch)
        put_under_topics(batch, topics, dice)
        _like(batch, len(people))
    _follow(people)
    _run(_TOPICS_FOLLOWED)
    if connection.vendor == "postgresql":
        # As autovacuum does on a site; on SQLite nobody does.
        analyze()
    return Filled(people[1], people[0], topics[0])


def _number() -> None:
    """Give the people numbers, and have numbers to count by, on this connection alone."""
    for table in ("numbered", "series"):
        _run(f"DROP TABLE IF EXISTS {table}")
    _run(_NUMBERED)
    _run("CREATE UNIQUE INDEX numbered_n ON numbered (n)")
    _run("CREATE UNIQUE INDEX numbered_id ON numbered (id)")
    _run(_SERIES.format(last=NEAR))


def _like(posts: Sequence[Post], people: int) -> None:
    first, last = min(post.pk for post in posts), max(post.pk for post in posts)
    _run(_LIKES.format(people=people, **_steps(people)), first, last)


def _follow(people: Sequence[User]) -> None:
    sql = _FOLLOWS.format(people=len(people), each=FOLLOWS_EACH, **_steps(len(people)))
    _run(sql, people[1].pk)
    _run(_COUNTED_FOLLOWS)


def _steps(people: int) -> dict[str, int]:
    """Among how many one chooses, and in which steps."""
    return {"near": NEAR, "step": STEP} if people > NEAR else {"near": people - 1, "step": 1}


def _run(sql: str, *values: int) -> None:
    # Django takes each % for a place of a value, but only where there are values.
    text = sql.replace("%", "%%").replace("%%s", "%s") if values else sql
    with connection.cursor() as cursor:
        cursor.execute(text, values or None)
