"""`manage.py demo`: loading, loading again, and leaving no trace."""

import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Follow, User
from accounts.social import follows
from demo import loading, people
from demo.community import FOLDER, Community, load_community
from demo.progress import Progress
from feed import scoring
from notes_site.storage import media
from posts import likes
from posts.commenting import comments
from posts.models import CollectionItem, Comment, Erasure, Like, Photo, Post, Topic

# Rendering happens in threads, which see only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


class Output(io.StringIO):
    """What a command writes to; a terminal when told so."""

    def __init__(self, terminal: bool = False) -> None:
        super().__init__()
        self.terminal = terminal

    def write(self, msg: str = "", style_func: object = None, ending: str | None = "\n") -> None:  # type: ignore[override]
        super().write(f"{msg}{ending}")

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture(autouse=True)
def on_this_machine(settings: Settings, tmp_path: Path) -> None:
    settings.HOST = "127.0.0.1"
    settings.ON_THIS_MACHINE_ONLY = True
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def community(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Community:
    """A village instead of the whole community: the smallest photos, and what is said of them."""
    data = json.loads((FOLDER / "community.json").read_text(encoding="utf-8"))
    kept = ("cat", "ship-and-planet", "birthday-corner")
    data["posts"] = [post for post in data["posts"] if post["key"] in kept]
    names = {"june", "leo", "priya"}
    data["people"] = [person for person in data["people"] if person["username"] in names]
    for person in data["people"]:
        person["follows"] = [name for name in person["follows"] if name in names]
    for post in data["posts"]:
        post["likes"] = [name for name in post["likes"] if name in names]
        post["comments"] = [one for one in post["comments"] if one["author"] in names]
        for one in post["comments"]:
            one["likes"] = [name for name in one.get("likes", ()) if name in names]
    data["collections"] = [
        {"owner": "june", "name": "Two", "description": "", "posts": ["ship-and-planet", "cat"]}
    ]
    path = tmp_path / "village.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    village = load_community(path)
    monkeypatch.setattr("demo.management.commands.demo.load_community", lambda: village)
    return village


def demo(*options: str) -> str:
    output = io.StringIO()
    call_command("demo", *options, stdout=output, stderr=io.StringIO())
    return output.getvalue()


def trace() -> dict[str, object]:
    """Everything that loading twice must not change."""
    return {
        "posts": list(Post.objects.order_by("pk").values()),
        "photos": list(Photo.objects.order_by("pk").values()),
        "likes": list(Like.objects.order_by("pk").values()),
        "comments": list(Comment.objects.order_by("pk").values()),
        "people": list(User.objects.order_by("pk").values()),
        "collected": list(CollectionItem.objects.order_by("pk").values()),
        "follows": list(Follow.objects.order_by("pk").values()),
    }


def assert_whole(community: Community) -> None:
    posts = loading.posts_of(community)
    assert set(posts) == {post.key for post in community.posts}
    assert Photo.objects.count() == community.photo_count
    for told in community.posts:
        post = posts[told.key]
        assert post.state == Post.State.PUBLISHED
        assert post.published_at is not None
        assert abs(timezone.now() - post.published_at - told.age) < timedelta(minutes=2)
        assert (post.title, post.caption, post.audience) == (
            told.title,
            told.caption,
            told.audience,
        )
        alts = [photo.alt_text for photo in post.photos.all()]
        assert alts == [photo.alt_text for photo in told.photos]
        assert post.like_count == Like.objects.filter(post=post).count() == len(told.likes)
        assert post.comment_count == Comment.objects.filter(post=post).count()
        answered = Comment.objects.filter(post=post, parent__isnull=False).count()
        assert answered == sum(comment.answers for comment in told.comments)
        assert post.comment_count == len(told.comments)
        assert post.cover_picture is not None
    assert all(user.avatar_key for user in people.users_of(community))


def test_loads_posts_that_look_lived_in(community: Community) -> None:
    said = demo()
    assert_whole(community)
    post = loading.posts_of(community)["cat"]
    assert post.published_at is not None
    for one in (*Comment.objects.filter(post=post), *Like.objects.filter(post=post)):
        assert post.published_at < one.created_at < timezone.now()
    stored = dict(Post.objects.values_list("pk", "hot"))
    scoring.rescore(force=True)
    assert dict(Post.objects.values_list("pk", "hot")) == stored
    assert "june" in said and "moderator" in said


def test_the_printed_sign_in_works_and_is_kept_to_oneself(client: Client) -> None:
    demo()
    password = people.password_file().read_text()
    assert stat.S_IMODE(people.password_file().stat().st_mode) == 0o600
    assert client.login(username="june", password=password)
    assert f"june     {password}" in demo("--sign-ins")
    assert User.objects.get(username="june").is_moderator
    assert not User.objects.get(username="leo").is_staff


def test_a_second_run_changes_nothing_and_prints_the_same(community: Community) -> None:
    first = demo()
    before = trace()
    second = demo()
    assert trace() == before
    assert first.splitlines()[-3:] == second.splitlines()[-3:]


def test_what_somebody_deleted_stays_deleted() -> None:
    from posts.authoring.publishing import delete_post

    demo()
    delete_post(Post.objects.get(submission_key="demo-cat"))
    before = trace()
    demo()
    assert trace() == before


@pytest.mark.parametrize("steps", range(1, len(loading.STEPS)))
def test_a_run_killed_after_any_step_is_finished_by_the_next(
    community: Community, steps: int
) -> None:
    progress = Progress(Output(), 1)
    for step in loading.STEPS[:steps]:
        step(community, progress)
    demo()
    assert_whole(community)


def test_a_run_killed_between_two_photos_is_finished_by_the_next(community: Community) -> None:
    people.make_people(community)
    leo = User.objects.get(username="leo")
    told = next(post for post in community.posts if post.key == "ship-and-planet")
    loading._receive(leo, told.photos[0].file, f"demo-{told.key}-{told.photos[0].file.name}")
    demo()
    assert_whole(community)


def test_only_me_is_for_its_author_only() -> None:
    demo()
    secret = Post.objects.get(submission_key="demo-birthday-corner")
    assert Post.objects.visible_to(secret.author).filter(pk=secret.pk).exists()
    leo = User.objects.get(username="leo")
    assert not Post.objects.visible_to(leo).filter(pk=secret.pk).exists()
    keys = [rendition.key for photo in secret.photos.all() for rendition in photo.renditions.all()]
    assert keys and all(key.startswith("private/") for key in keys)


def test_removal_leaves_no_row_and_no_object(community: Community) -> None:
    demo()
    originals = list(Photo.objects.values_list("original_key", flat=True))
    avatars = list(User.objects.values_list("avatar_key", flat=True))
    said = demo("--remove")
    assert "Removed 3 demo people, 3 posts" in said
    for model in (User, Post, Photo, Like, Comment, Follow, Topic):
        assert not model.objects.exists()
    ledger = set(Erasure.objects.exclude(erased_at=None).values_list("key", flat=True))
    assert ledger >= {*originals, *avatars}
    assert not Erasure.objects.filter(erased_at=None).exists()
    assert not any(media().exists(key) for key in ledger)
    assert not people.password_file().exists()
    assert "no demo here" in demo("--remove")


def test_removal_leaves_others_alone() -> None:
    demo()
    owner = User.objects.create_user("owner_of_all", "owner@example.org")
    kept = Post.objects.create(author=owner, title="Mine", state=Post.State.PUBLISHED)
    leo = User.objects.get(username="leo")
    follows.follow(follower=leo, followee=owner)
    follows.follow(follower=owner, followee=leo)
    likes.like(user=leo, post=kept)
    comments.write(author=leo, post=kept, text="Nice.")
    comments.write(author=owner, post=kept, text="Thanks.")
    demo("--remove")
    kept.refresh_from_db()
    assert (kept.like_count, kept.comment_count) == (0, 1)
    assert list(User.objects.all()) == [owner]
    owner.refresh_from_db()
    assert (owner.follower_count, owner.following_count) == (0, 0)


def test_removal_never_takes_a_namesake() -> None:
    june = User.objects.create_user("june", "june@example.org")
    assert "no demo here" in demo("--remove")
    assert User.objects.filter(pk=june.pk).exists()


def test_stays_out_where_people_are() -> None:
    owner = User.objects.create_user("owner_of_all", "owner@example.org")
    assert "Nothing was changed" in demo()
    assert list(User.objects.all()) == [owner]


def test_force_loads_beside_people(community: Community) -> None:
    User.objects.create_user("owner_of_all", "owner@example.org")
    demo("--force")
    assert_whole(community)


def test_force_never_takes_over_a_name() -> None:
    User.objects.create_user("leo", "leo@example.org")
    with pytest.raises(
        CommandError, match="leo is the username of a demo person and of somebody here"
    ):
        demo("--force")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [("HOST", "0.0.0.0", "HOST"), ("ON_THIS_MACHINE_ONLY", False, "SITE_URL")],  # noqa: S104
)
def test_refused_beyond_this_machine(
    settings: Settings, setting: str, value: object, named: str
) -> None:
    setattr(settings, setting, value)
    with pytest.raises(CommandError, match=named):
        demo()
    assert not User.objects.exists()


def test_a_lost_password_is_replaced(client: Client) -> None:
    demo()
    people.password_file().unlink()
    assert "leo" in demo("--sign-ins")
    assert client.login(username="leo", password=people.password_file().read_text())


def test_no_sign_ins_before_all_is_loaded(community: Community) -> None:
    people.make_people(community)
    assert "no demo to sign in to" in demo("--sign-ins")
    assert not people.password_file().exists()


def test_progress_is_plain_lines_in_a_log() -> None:
    output = Output()
    progress = Progress(output, 25)
    for done in (0, 4, 9, 11, 11, 12, 25):
        progress.show(done)
    assert output.getvalue().splitlines() == [
        "Photos: 0 / 25",
        "Photos: 11 / 25",
        "Photos: 25 / 25",
    ]


def test_progress_is_a_bar_on_a_terminal() -> None:
    output = Output(terminal=True)
    progress = Progress(output, 2)
    for done in (0, 1, 2):
        progress.show(done)
    frames = output.getvalue().split("\r")[1:]
    assert [frame.count("█") for frame in frames] == [0, 15, 30]
    assert output.getvalue().endswith("2 / 2\n")
