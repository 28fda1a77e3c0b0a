"""`rerender` and `reconcile_counters`: nothing disappears, and numbers are right."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Follow, ListMember, PeopleList, User
from accounts.social import follows
from notes_site.storage import media
from posts import likes
from posts.commenting import comments
from posts.management.commands import rerender
from posts.models import Comment, Photo, Post
from posts.pipeline import placement, renditions
from tests.conftest import Commit
from tests.making import MakePicture, MakePost, MakeUpload, make_ready, storm

pytestmark = [pytest.mark.django_db, pytest.mark.pipeline]


def run(name: str, **options: Any) -> list[str]:
    """The lines a command writes."""
    output = StringIO()
    call_command(name, stdout=output, **options)
    return output.getvalue().splitlines()


def keys_of(photo: Photo) -> dict[str, str]:
    """The keys of a photo's shown renditions by spec."""
    fresh = Photo.objects.get(pk=photo.pk)
    return {each.spec: each.key for each in fresh.current_renditions}


def test_every_ready_photo_is_made_anew_and_never_absent(
    owner: User, make_post: MakePost, make_upload: MakeUpload, client: Client, commit: Commit
) -> None:
    post = make_post(owner, photos=2)
    unfinished = make_upload(owner)
    photos = list(post.photos.all())
    before = [keys_of(photo) for photo in photos]
    with commit() as queued:
        lines = run("rerender")
    assert lines[-1] == "2 photos are queued to be made anew."
    assert lines[-2].startswith("2 looked at, 2 queued; go on from here: --after ")
    assert len(queued) == 2
    for photo, keys in zip(photos, before, strict=True):
        assert keys_of(photo) == keys, "the old set stands until the new one is complete"
        assert all(media().exists(key) for key in keys.values())
    page = client.get(post.get_absolute_url()).content.decode()
    assert page.count("<img") >= 2
    for photo, keys in zip(photos, before, strict=True):
        renditions.render(photo.pk)
        made = keys_of(photo)
        assert made.keys() == keys.keys()
        assert not set(made.values()) & set(keys.values())
        photo.refresh_from_db()
        assert (photo.state, photo.edits) == ("ready", {})
        assert photo.renditions.count() == len(made), "and then the old set goes"
    assert Photo.objects.get(pk=unfinished.photo_id).edits_version == 0


def test_missing_ones_alone_after_an_upgrade(
    owner: User, make_post: MakePost, commit: Commit
) -> None:
    whole, lacking = (make_post(owner).photos.get() for _ in range(2))
    lacking.renditions.filter(spec="square320").delete()
    before = keys_of(lacking)
    with commit() as queued:
        assert run("rerender", missing=True, spec="wide1200")[-1].startswith("0 photos")
        assert run("rerender", missing=True, spec="square320")[-1].startswith("1 photos")
    assert len(queued) == 1
    assert Photo.objects.get(pk=whole.pk).state == "ready"
    renditions.render(lacking.pk)
    after = keys_of(lacking)
    assert after.keys() - before.keys() == {"square320"}
    assert before.items() <= after.items(), "what was there is left alone"
    assert run("rerender", missing=True)[-1].startswith("0 photos")


def test_one_photo_or_those_after_another(
    owner: User, make_upload: MakeUpload, make_picture: MakePicture
) -> None:
    photos = [make_ready(make_upload(owner)) for _ in range(3)]
    assert run("rerender", photo=photos[1].pk)[-1].startswith("1 photos")
    assert [photo.state for photo in Photo.objects.order_by("pk")] == ["ready", "pending", "ready"]
    assert run("rerender", after=photos[0].pk)[-1].startswith("1 photos"), "the last one"
    output = StringIO()
    call_command("rerender", "--after", photos[2].code, stdout=output)
    assert output.getvalue().startswith("0 photos")
    large = make_ready(make_upload(owner, make_picture("JPEG", (1500, 400))))
    assert run("rerender", spec="l2048")[-1].startswith("1 photos"), "small ones have none"
    large.refresh_from_db()
    assert large.state == "pending"
    for wrong in (["--photo", "0OIl"], ["--photo", "2"], ["--spec", "w641"], ["--after", "0"]):
        with pytest.raises(CommandError):
            call_command("rerender", *wrong)


def test_new_uploads_do_not_wait_behind_it(
    owner: User, make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_ready(make_upload(owner))
    monkeypatch.setattr(rerender, "AT_ONCE", 2)
    monkeypatch.setattr(rerender, "MAX_WAITING", 1)
    depths = []

    def a_worker_meanwhile(_seconds: float) -> None:
        waiting = Photo.objects.filter(state="pending")
        depths.append(waiting.count())
        waiting.update(state="ready")

    monkeypatch.setattr("time.sleep", a_worker_meanwhile)
    assert run("rerender")[-1] == "5 photos are queued to be made anew."
    assert depths == [2, 2]


@pytest.fixture
def community(owner: User, make_post: MakePost, friend: User, follower: User) -> Post:
    """A post with likes and comments, one of them hidden, among people who follow each other."""
    post = make_post(owner, photos=2)
    for person in (friend, follower):
        likes.like(user=person, post=post)
        written = comments.write(author=person, post=post, text="hello")
    comments.hide(written, "spam")
    return post


def test_right_counters_are_left_alone(community: Post, owner: User) -> None:
    before = list(Post.objects.values()), list(User.objects.values())
    assert run("reconcile_counters") == ["0 counters were wrong."]
    assert (list(Post.objects.values()), list(User.objects.values())) == before


def test_a_planted_drift_is_told_and_put_right(community: Post, owner: User, friend: User) -> None:
    Post.objects.filter(pk=community.pk).update(like_count=9, comment_count=0, photo_count=3)
    User.objects.filter(pk=owner.pk).update(follower_count=7)
    User.objects.filter(pk=friend.pk).update(following_count=0)
    told = {
        f"post {community.code}: like_count said 9, counted 2",
        f"post {community.code}: comment_count said 0, counted 1",
        f"post {community.code}: photo_count said 3, counted 2",
        f"user {owner.code}: follower_count said 7, counted 2",
        f"user {friend.code}: following_count said 0, counted 1",
    }
    before = list(Post.objects.values()), list(User.objects.values())
    *lines, last = run("reconcile_counters", dry_run=True)
    assert set(lines) == told
    assert last == "5 counters were wrong: left as they are, for this was a dry run."
    assert (list(Post.objects.values()), list(User.objects.values())) == before
    *lines, last = run("reconcile_counters")
    assert set(lines) == told
    assert last == "5 counters were wrong: put right."
    version, community = community.version, Post.objects.get(pk=community.pk)
    assert (community.like_count, community.comment_count, community.photo_count) == (2, 1, 2)
    assert community.version > version, "cards show the right number"
    owner.refresh_from_db()
    friend.refresh_from_db()
    assert (owner.follower_count, friend.following_count) == (2, 1)
    assert run("reconcile_counters") == ["0 counters were wrong."]


def test_queries_do_not_grow_with_rows(community: Post, owner: User, make_post: MakePost) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            run("reconcile_counters")
        return len(captured)

    before = queries()
    for _ in range(3):
        make_post(owner)
    assert queries() == before


@pytest.mark.django_db(transaction=True)
def test_a_storm_leaves_no_drift(owner: User) -> None:
    """Likes, comments and follows from 12 people at once, while counters are looked at."""
    posts = [Post.objects.create(author=owner, state="published") for _ in range(3)]
    people = [User.objects.create_user(f"person{number}") for number in range(12)]
    drifted: list[str] = []

    def live(number: int) -> None:
        person = people[number]
        for turn in range(6):
            post = posts[(number + turn) % 3]
            likes.like(user=person, post=post)
            written = comments.write(author=person, post=post, text="hello")
            if turn % 2:
                likes.unlike(user=person, post=post)
                comments.delete(written)
            follows.follow(follower=person, followee=people[(number + turn) % 12])
            if turn % 3 == 2:
                follows.unfollow(follower=person, followee=people[(number + turn) % 12])

    def look(_number: int) -> None:
        for _ in range(5):
            drifted.extend(run("reconcile_counters")[:-1])

    def work(number: int) -> None:
        (live if number < len(people) else look)(number)

    assert storm(work, len(people) + 1) == []
    assert drifted == [], "under a row's lock counter and rows always agree"
    assert run("reconcile_counters") == ["0 counters were wrong."]
    assert sum(Post.objects.values_list("like_count", flat=True)) > 0
    assert Follow.objects.exists()


def test_a_photo_stays_in_its_post_while_one_rendition_is_made(
    owner: User, make_post: MakePost, client: Client, commit: Commit
) -> None:
    post = make_post(owner)
    photo = post.photos.get()
    photo.renditions.filter(spec="square320").delete()
    with commit():
        run("rerender", missing=True)
    photo.refresh_from_db()
    assert photo.state == "pending"
    assert client.get(post.get_absolute_url()).content.decode().count("data-zoom") == 1
    placement.refresh_cover(post.pk)
    post.refresh_from_db()
    assert post.cover_picture, "and on its card"


def test_a_drift_of_comments_and_lists_is_put_right(community: Post, owner: User) -> None:
    first = comments.write(author=owner, post=community, text="first")
    comments.write(author=owner, post=community, parent=first, text="answer")
    comments.like(user=owner, comment=first)
    circle = PeopleList.objects.create(owner=owner, name="Near")
    ListMember.objects.create(people_list=circle, person=User.objects.get(username="friend"))
    assert run("reconcile_counters", dry_run=True)[:-1] == [
        f"people list {circle.code}: member_count said 0, counted 1"
    ]
    Comment.objects.filter(pk=first.pk).update(like_count=4, reply_count=0)
    PeopleList.objects.filter(pk=circle.pk).update(member_count=2)
    *lines, last = run("reconcile_counters")
    assert set(lines) == {
        f"comment {first.code}: like_count said 4, counted 1",
        f"comment {first.code}: reply_count said 0, counted 1",
        f"people list {circle.code}: member_count said 2, counted 1",
    }
    assert last == "3 counters were wrong: put right."
    first.refresh_from_db()
    circle.refresh_from_db()
    assert (first.like_count, first.reply_count, circle.member_count) == (1, 1, 1)
    assert run("reconcile_counters") == ["0 counters were wrong."]
