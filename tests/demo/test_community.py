"""The demo community is consistent with itself, its photos and the product's limits."""

import csv

import pytest

from accounts.models import User
from demo.community import PHOTO_FOLDER, Community, DemoPost, load_community
from posts import limits
from posts.models import Post
from posts.text.captions import mentions_in, topics_in

COMMUNITY = load_community()
every_post = pytest.mark.parametrize("post", COMMUNITY.posts, ids=lambda post: post.key)


@pytest.fixture
def community() -> Community:
    return COMMUNITY


def credits() -> dict[str, dict[str, str]]:
    with (PHOTO_FOLDER / "CREDITS.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: row for row in rows}


def test_it_is_large_enough(community: Community) -> None:
    assert len(community.people) == 6
    assert len(community.posts) >= 18
    assert community.photo_count >= 30
    assert [person.role for person in community.people].count("moderator") == 1


def test_every_photo_exists_and_stands_in_one_post_only(community: Community) -> None:
    used = [photo.file for post in community.posts for photo in post.photos]
    assert len(used) == len(set(used))
    assert set(used) == set(PHOTO_FOLDER.glob("*.jpg"))
    assert all(person.avatar in used for person in community.people)


def test_every_photo_has_its_credit() -> None:
    named = credits()
    assert set(named) == {path.name for path in PHOTO_FOLDER.glob("*.jpg")}
    for row in named.values():
        assert row["author"] and row["source"]
        assert row["licence"] in {"CC0-1.0", "CC-BY-2.0", "CC-BY-4.0"}
        assert row["licence"] == "CC0-1.0" or row["author"] != "not named by the source"


def test_people_fit_their_fields(community: Community) -> None:
    for person in community.people:
        user = User(username=person.username, display_name=person.display_name, bio=person.bio)
        user.clean_fields(exclude=["password", "email"])
        assert person.username not in person.follows
        assert set(person.follows) <= set(community.usernames)


@every_post
def test_posts_keep_the_limits(post: DemoPost) -> None:
    assert len(post.title) <= limits.MAX_TITLE
    assert len(post.caption) <= limits.MAX_CAPTION
    assert len(topics_in(post.caption)) <= limits.MAX_TOPICS
    assert 1 <= len(post.photos) <= limits.MAX_PHOTOS
    assert post.audience in Post.Audience.values
    assert all(len(comment.text) <= limits.MAX_COMMENT for comment in post.comments)


def test_every_photo_is_described_in_its_own_words(community: Community) -> None:
    texts = [photo.alt_text for post in community.posts for photo in post.photos]
    assert all(30 <= len(text) <= limits.MAX_ALT_TEXT for text in texts)
    assert len(texts) == len(set(texts))


@every_post
def test_everyone_named_is_one_of_the_demo_people(post: DemoPost, community: Community) -> None:
    words = [post.caption, *(comment.text for comment in post.comments)]
    mentioned = {name for text in words for name in mentions_in(text)}
    named = {post.author, *post.likes, *mentioned, *(one.author for one in post.comments)}
    assert named <= set(community.usernames)
    assert post.author not in post.likes
    assert len(post.likes) == len(set(post.likes))


@every_post
def test_nothing_happens_in_the_future(post: DemoPost) -> None:
    assert all(comment.after < post.age for comment in post.comments)
    assert post.age.days <= 9


def test_the_shapes_that_pages_must_bear_are_all_there(community: Community) -> None:
    posts = community.posts
    assert any(len(post.title) == limits.MAX_TITLE for post in posts)
    assert any(not post.title for post in posts)
    assert any(not post.caption for post in posts)
    assert any(len(post.caption) > 2_000 for post in posts)
    assert any(len(post.photos) >= 5 for post in posts)
    assert sum(len(post.photos) >= 3 for post in posts) >= 4
    assert [post.audience for post in posts].count("self") == 1
    assert len({post.key for post in posts}) == len(posts)


def test_answers_follow_a_thread(community: Community) -> None:
    for post in community.posts:
        assert not any(comment.answers for comment in post.comments[:1])
        for comment in post.comments:
            assert set(comment.likes) <= set(community.usernames) - {comment.author}
    assert sum(comment.answers for post in community.posts for comment in post.comments) >= 10


def test_collections_hold_posts_that_all_may_see(community: Community) -> None:
    public = {post.key for post in community.posts if post.audience == "public"}
    assert len(community.collections) >= 3
    for shelf in community.collections:
        assert shelf.owner in community.usernames
        assert set(shelf.posts) <= public
        assert len(set(shelf.posts)) == len(shelf.posts) >= 3
