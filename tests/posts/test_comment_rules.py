"""Who may comment, what waits for the author of the post, and who sees what waits."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.social import follows, relations
from notes_site.models import Event
from posts.commenting import comments
from posts.commenting.rules import change_rules, commenter_status, why_too_often
from posts.models import Comment, Post

SignIn = Callable[[User | None], Client]
CLOSED = {
    "everyone": set(),
    "followers": {"stranger", "followed"},
    "friends": {"stranger", "followed", "follower"},
    "nobody": {"stranger", "followed", "follower", "friend"},
}


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published", published_at="2026-01-01T00:00Z")


@pytest.fixture
def people(owner: User, friend: User, follower: User, stranger: User) -> dict[str, User]:
    """One of each kind."""
    followed = User.objects.create_user("followed")
    follows.follow(follower=owner, followee=followed)
    return {"owner": owner, "friend": friend, "follower": follower, "stranger": stranger,
            "followed": followed}  # fmt: skip


@pytest.mark.parametrize("choice", CLOSED)
def test_who_may_comment(
    choice: str, post: Post, people: dict[str, User], as_person: SignIn
) -> None:
    Post.objects.filter(pk=post.pk).update(comments_by=choice)
    for name, person in people.items():
        page = as_person(person).get(f"/p/{post.code}/").content.decode()
        answer = as_person(person).post(f"/p/{post.code}/comments/", {"text": f"I am {name}"})
        if name in CLOSED[choice]:
            assert answer.status_code == 422, name
            assert f"I am {name}</textarea>" in answer.content.decode(), "nothing typed is lost"
            assert 'name="text"' not in page
            with pytest.raises(comments.ClosedError):
                comments.write(author=person, post=post, text="hello")
        else:
            assert answer.status_code == 303, name
            assert 'name="text"' in page
    said = set(Comment.objects.values_list("author__username", flat=True))
    assert said == set(people) - CLOSED[choice]


def test_a_choice_the_rule_does_not_know_is_closed(post: Post, friend: User) -> None:
    Post.objects.filter(pk=post.pk).update(comments_by="whoever")
    with pytest.raises(comments.ClosedError):
        comments.write(author=friend, post=post, text="hello")


def text_for(viewer: User | None, post: Post, as_person: SignIn) -> str:
    """The threads as somebody has them, without what waits for the author."""
    page = as_person(viewer).get(f"/p/{post.code}/").content.decode()
    return page.partition('id="comment-list"')[2]


def waiting_for(viewer: User | None, post: Post, as_person: SignIn) -> str:
    page = as_person(viewer).get(f"/p/{post.code}/").content.decode()
    return page.partition('id="comments-waiting"')[2].partition("</details>")[0]


@pytest.mark.parametrize("reason", ["approval", "words", "restricted"])
def test_what_waits_is_for_two(
    reason: str, post: Post, owner: User, friend: User, stranger: User, moderator: User,
    as_person: SignIn,
) -> None:  # fmt: skip
    if reason == "restricted":
        relations.restrict(restricter=owner, restricted=friend)
    else:
        change_rules(
            person=owner,
            comments_by="everyone",
            approves_comments=reason == "approval",
            filtered_words="Ugly" if reason == "words" else "",
        )
    written = comments.write(author=friend, post=post, text="An #ugly sweater")
    assert written.held == reason
    post.refresh_from_db()
    assert post.comment_count == 0
    for viewer in (None, stranger, moderator):
        assert "sweater" not in text_for(viewer, post, as_person)
        assert "sweater" not in waiting_for(viewer, post, as_person)
        readers = Comment.objects.visible_to(viewer) if viewer else Comment.objects.none()
        assert readers.exists() == (viewer == moderator)
    assert "sweater" not in text_for(owner, post, as_person)
    assert "sweater" in waiting_for(owner, post, as_person)
    mine = text_for(friend, post, as_person)
    assert "sweater" in mine
    assert ("Waiting for the author" in mine) == (reason != "restricted")
    assert waiting_for(friend, post, as_person) == ""
    heading = as_person(friend).get(f"/p/{post.code}/").content.decode()
    assert ("1 comment<" in heading) == (reason == "restricted"), "they can't tell by the number"
    assert comments.approve(written)
    assert not comments.approve(written)
    assert "sweater" in text_for(None, post, as_person)
    assert waiting_for(owner, post, as_person) == ""
    post.refresh_from_db()
    assert post.comment_count == 1


def test_nothing_tells_the_restricted(
    post: Post, owner: User, friend: User, as_person: SignIn
) -> None:
    """Everybody's reasons are told first, and a folded answer of theirs is counted for them."""
    relations.restrict(restricter=owner, restricted=friend)
    thread = comments.write(author=owner, post=post, text="Mine")
    comments.write(author=friend, post=post, parent=thread, text="Yours")
    assert ">1 reply</a>" in text_for(friend, post, as_person)
    assert "1 reply" not in text_for(None, post, as_person)
    change_rules(person=owner, comments_by="everyone", approves_comments=False, filtered_words="x")
    assert comments.write(author=friend, post=post, text="x").held == "words"
    change_rules(person=owner, comments_by="everyone", approves_comments=True, filtered_words="")
    assert comments.write(author=friend, post=post, text="x").held == "approval"
    assert commenter_status(friend, post).restricted


@pytest.mark.parametrize("restricted", [True, False])
def test_only_who_knew_of_waiting_hears_of_the_approval(
    restricted: bool, post: Post, owner: User, friend: User
) -> None:
    if restricted:
        relations.restrict(restricter=owner, restricted=friend)
    else:
        change_rules(
            person=owner, comments_by="everyone", approves_comments=True, filtered_words=""
        )
    assert comments.approve(comments.write(author=friend, post=post, text="hello"))
    told = Event.objects.filter(kind__in=["comment.approved", "comment.created"])
    kinds = list(told.order_by("pk").values_list("kind", flat=True))
    assert kinds == (["comment.created"] if restricted else ["comment.approved", "comment.created"])


def test_the_author_waits_for_nobody(post: Post, owner: User) -> None:
    change_rules(person=owner, comments_by="nobody", approves_comments=True, filtered_words="ugly")
    Post.objects.filter(pk=post.pk).update(comments_by="nobody")
    assert comments.write(author=owner, post=post, text="ugly").held == ""


@pytest.mark.parametrize(("who", "status"), [("owner", 303), ("friend", 404), ("moderator", 404)])
def test_only_the_author_of_the_post_approves(
    who: str, status: int, post: Post, owner: User, friend: User, moderator: User,
    stranger: User, as_person: SignIn,
) -> None:  # fmt: skip
    change_rules(person=owner, comments_by="everyone", approves_comments=True, filtered_words="")
    written = comments.write(author=friend, post=post, text="hello")
    viewer = {"owner": owner, "friend": friend, "moderator": moderator}[who]
    address = f"/p/{post.code}/comments/{written.code}/approve"
    assert as_person(stranger).post(address).status_code == 404
    assert as_person(viewer).get(address).status_code == 405
    assert as_person(viewer).post(address).status_code == status
    assert (Comment.objects.get().held == "") == (status == 303)


def test_the_same_words_a_third_time_come_too_often(
    post: Post, friend: User, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(friend)
    for text in ("Buy  now", "BUY NOW"):
        assert browser.post(f"/p/{post.code}/comments/", {"text": text}).status_code == 303
    answer = browser.post(f"/p/{post.code}/comments/", {"text": "buy now"})
    assert answer.status_code == 422
    assert "twice within an hour" in answer.content.decode()
    assert "buy now</textarea>" in answer.content.decode()
    assert browser.post(f"/p/{post.code}/comments/", {"text": "buy later"}).status_code == 303
    assert why_too_often(stranger, "buy now") == ""
    Comment.objects.update(created_at="2026-01-01T00:00:00Z")
    assert why_too_often(friend, "buy now") == ""


def test_too_many_in_a_short_time_lose_nothing(
    post: Post, friend: User, as_person: SignIn, rate_limits: dict[str, str], settings: object
) -> None:
    rate_limits["comment"] = "2/5m/user"
    browser = as_person(friend)
    for number in range(2):
        browser.post(f"/p/{post.code}/comments/", {"text": f"hello {number}"})
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(f"/p/{post.code}/comments/", {"text": "once more"}, headers=headers)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert "once more</textarea>" in answer.content.decode()
    assert Comment.objects.count() == 2


def test_rules_are_chosen_in_the_settings(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    form = {"comments_by": "friends", "approves_comments": "on", "filtered_words": "one\r\ntwo"}
    assert browser.post("/settings/comments/", form).status_code == 303
    owner.refresh_from_db()
    assert (owner.comments_by, owner.approves_comments) == ("friends", True)
    assert owner.filtered_words == "one\ntwo"
    page = browser.get("/settings/comments/").content.decode()
    assert "one\ntwo</textarea>" in page
    answer = browser.post("/settings/comments/", form | {"filtered_words": "x" * 2_001})
    assert answer.status_code == 422
    assert "has 2001" in answer.content.decode()
    assert browser.post("/settings/comments/", {"comments_by": "x"}).status_code == 422
    owner.refresh_from_db()
    assert owner.filtered_words == "one\ntwo"
