"""The composer's audiences: each chosen, kept in drafts, changed later, and told to the right ones.

Who sees what of them is in test_visibility.py.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ListMember, PeopleList, User
from posts.authoring import history
from posts.authoring.post_changes import change_post
from posts.models import Post
from posts.pipeline import placement
from tests import making
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]
Commit = Callable[[], Any]
JSON = {"Accept": "application/json"}
AUDIENCES = ("public", "unlisted", "followers", "friends", "list", "self")


@pytest.fixture
def hikers(owner: User, friend: User) -> PeopleList:
    """A list of the owner's, with the friend on it."""
    return list_of(owner, "Hikers", friend)


def list_of(author: User, name: str, *people: User) -> PeopleList:
    made = PeopleList.objects.create(owner=author, name=name, member_count=len(people))
    for person in people:
        ListMember.objects.create(people_list=made, person=person)
    return made


@pytest.fixture
def upload(owner: User, make_upload: MakeUpload) -> str:
    """The code of a photo that is ready to be posted."""
    made = make_upload(owner)
    making.make_ready(made)
    return made.code


def save(browser: Client, **fields: Any) -> Any:
    """Send the composer's form as its script does to keep a draft."""
    form = {"submission_key": "k1", "save": "draft", "arranged": "1", **fields}
    return browser.post("/new/", form, headers=JSON)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_each_can_be_chosen(
    audience: str, owner: User, hikers: PeopleList, upload: str, as_person: SignIn
) -> None:
    form = {"uploads": [upload], "audience": audience, "list": hikers.code}
    answer = as_person(owner).post("/new/", form)
    assert answer.status_code == 303
    post = Post.objects.get()
    assert post.audience == audience
    assert post.people_list == (hikers if audience == "list" else None), "kept for its audience"


@pytest.mark.parametrize("audience", AUDIENCES)
def test_each_can_be_given_to_a_post_later_and_its_media_follow(
    audience: str,
    owner: User,
    hikers: PeopleList,
    make_post: MakePost,
    as_person: SignIn,
    commit: Commit,
) -> None:
    post = make_post(owner, audience="self" if audience != "self" else "public")
    with commit():
        form = {"audience": audience, "list": hikers.code}
        answer = as_person(owner).post(f"/p/{post.code}/edit/", form)
    assert answer.status_code == 303
    placement.place_post(post.pk)
    folder = "public/" if audience in ("public", "unlisted") else "private/"
    keys = list(post.photos.get().renditions.values_list("key", flat=True))
    assert keys
    assert all(key.startswith(folder) for key in keys)


@pytest.mark.parametrize("whose", ["nobody", "stranger", "gone", "damaged"])
def test_a_list_that_is_not_ones_own_is_refused_and_all_is_kept(
    whose: str, owner: User, stranger: User, upload: str, as_person: SignIn
) -> None:
    code = {
        "nobody": "",
        "stranger": list_of(stranger, "Theirs").code,
        "gone": "G" * 10,
        "damaged": "0OIl <b>",
    }[whose]
    form = {"uploads": [upload], "title": "Kept", "audience": "list", "list": code}
    answer = as_person(owner).post("/new/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    wanted = "Choose which of your lists" if whose == "nobody" else "This list no longer exists."
    assert wanted in page
    assert "Theirs" not in page
    assert 'value="Kept"' in page
    assert f'name="uploads" value="{upload}"' in page
    assert 'value="list" aria-labelledby="audience-list"' in page
    assert answer.context["form"]["audience"].value() == "list"
    assert not Post.objects.exists()


def test_only_ones_own_lists_are_offered(
    owner: User, stranger: User, hikers: PeopleList, as_person: SignIn
) -> None:
    list_of(stranger, "Theirs")
    page = as_person(owner).get("/new/").content.decode()
    assert re.findall(r'<option value="([^"]+)">[^<]+\(\d+\)</option>', page) == [hikers.code]
    assert "Hikers (1)" in page


def test_a_draft_keeps_everything_and_may_wait_for_its_list(
    owner: User, hikers: PeopleList, upload: str, as_person: SignIn
) -> None:
    browser = as_person(owner)
    assert save(browser, title="Walk", audience="list").status_code == 200
    later = {
        "audience": "list",
        "list": hikers.code,
        "comments_by": "friends",
        "hides_like_count": "on",
        "uploads": [upload],
    }
    saved = save(browser, title="Walk", revision=1, **later)
    assert saved.status_code == 200
    post = Post.objects.get()
    assert (post.audience, post.people_list) == ("list", hikers)
    assert (post.comments_by, post.hides_like_count) == ("friends", True)
    form = browser.get(saved.json()["url"]).context["form"]
    names = ("audience", "list", "comments_by", "hides_like_count")
    assert [form[name].value() for name in names] == ["list", hikers.code, "friends", True]
    answer = browser.post("/new/", {"submission_key": "k1", "revision": 2, **later})
    assert answer.status_code == 303
    post.refresh_from_db()
    assert (post.state, post.people_list, post.comments_by) == ("published", hikers, "friends")


@pytest.mark.parametrize("action", ["publish", "schedule"])
def test_a_draft_without_its_list_does_not_come_out(
    action: str, owner: User, upload: str, as_person: SignIn
) -> None:
    browser = as_person(owner)
    save(browser, audience="list", uploads=[upload])
    form = {
        "submission_key": "k1",
        "revision": 1,
        "uploads": [upload],
        "audience": "list",
        "save": action,
        "publish_at": "2100-01-01T00:00",
    }
    answer = browser.post("/new/", form)
    assert answer.status_code == 422
    assert "Choose which of your lists" in answer.content.decode()
    post = Post.objects.get()
    told = browser.post(f"/p/{post.code}/publish", follow=True)
    assert "Choose which of your lists can see it" in told.content.decode()
    post.refresh_from_db()
    assert post.state == "draft"


def test_new_posts_take_the_authors_way_with_comments(
    owner: User, upload: str, as_person: SignIn
) -> None:
    User.objects.filter(pk=owner.pk).update(comments_by="followers")
    browser = as_person(User.objects.get(pk=owner.pk))
    assert browser.get("/new/").context["form"]["comments_by"].value() == "followers"
    browser.post("/new/", {"uploads": [upload]})
    post = Post.objects.get()
    assert (post.comments_by, post.hides_like_count) == ("followers", False)
    User.objects.filter(pk=owner.pk).update(comments_by="nobody")
    browser.post(f"/p/{post.code}/edit/", {"title": "Changed"})
    post.refresh_from_db()
    assert (post.title, post.comments_by) == ("Changed", "followers"), "a post keeps its own"


def test_nobody_can_invent_who_comments(owner: User, upload: str, as_person: SignIn) -> None:
    answer = as_person(owner).post("/new/", {"uploads": [upload], "comments_by": "enemies"})
    assert answer.status_code == 422
    assert "Choose again who can comment." in answer.content.decode()


def test_an_edit_without_a_list_leaves_it_as_it_is(
    owner: User, hikers: PeopleList, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    change_post(post, audience="list", people_list=hikers)
    browser = as_person(owner)
    assert browser.post(f"/p/{post.code}/edit/", {"title": "New"}).status_code == 303
    post.refresh_from_db()
    assert (post.title, post.audience, post.people_list) == ("New", "list", hikers)
    hikers.delete()
    answer = browser.post(f"/p/{post.code}/edit/", {"title": "Newer", "audience": "list"})
    assert answer.status_code == 422
    assert "Choose which of your lists" in answer.content.decode()


@pytest.mark.parametrize(
    ("audience", "to_author", "to_others"),
    [
        ("followers", "For your followers", "Followers"),
        ("friends", "For friends", "Friends"),
        ("list", "For your list “Hikers”", "A list"),
    ],
)
def test_the_post_says_for_whom_it_is(
    audience: str,
    to_author: str,
    to_others: str,
    owner: User,
    friend: User,
    hikers: PeopleList,
    make_post: MakePost,
    as_person: SignIn,
) -> None:
    post = make_post(owner)
    change_post(post, audience=audience, people_list=hikers if audience == "list" else None)
    assert badge(as_person(owner), post) == to_author
    assert badge(as_person(friend), post) == to_others
    assert "Hikers" not in as_person(friend).get(f"/p/{post.code}/").content.decode()


def test_what_is_open_says_so_to_its_author_alone(
    owner: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, audience="unlisted")
    assert badge(as_person(owner), post) == "For anyone with the link"
    change_post(post, audience="public")
    assert badge(as_person(owner), post) == "For everyone"
    assert badge(as_person(friend), post) == ""


def badge(browser: Client, post: Post) -> str:
    """What the post's page says of its audience."""
    page = browser.get(f"/p/{post.code}/").content.decode()
    found = re.search(r'class="audience-badge"><b><svg.*?</svg>(.*?)</b>', page, re.DOTALL)
    return found[1].strip() if found else ""


def test_the_history_tells_the_audience_and_never_the_list(
    owner: User, friend: User, hikers: PeopleList, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="One")
    change_post(post, audience="list", people_list=hikers)
    page = as_person(friend).get(f"/p/{post.code}/history/").content.decode()
    assert "<del>Everyone</del> <ins>A list</ins>" in page
    assert "Hikers" not in page
    own = as_person(owner).get(f"/p/{post.code}/history/").content.decode()
    assert "<ins>A list</ins>" in own


def test_nobody_reads_in_the_history_what_was_meant_for_another_list(
    owner: User, friend: User, stranger: User, hikers: PeopleList, make_post: MakePost
) -> None:
    post = make_post(owner, audience="self", title="For me")
    change_post(post, audience="list", people_list=hikers, title="For hikers")
    change_post(post, audience="friends", people_list=None, title="For friends")
    others = list_of(owner, "Others", stranger)
    change_post(post, audience="list", people_list=others, title="For others")
    change_post(post, title="For others still")
    post.refresh_from_db()
    assert [each.number for each in history.versions(post, stranger)] == [5, 4]
    assert [each.number for each in history.versions(post, owner)] == [5, 4, 3, 2, 1]
    change_post(post, people_list=hikers)
    post.refresh_from_db()
    found = history.versions(post, friend)
    assert [each.number for each in found] == [6, 2]
    assert "a different list" not in str([each.changes for each in found])
    assert "a different list" in str(history.versions(post, owner)[0].changes)


def test_a_list_reads_what_was_public_unless_the_account_is_private(
    owner: User, stranger: User, make_post: MakePost
) -> None:
    post = make_post(owner, title="For all")
    change_post(post, audience="list", people_list=list_of(owner, "One", stranger))
    for private, seen in ((False, [2, 1]), (True, [2])):
        User.objects.filter(pk=owner.pk).update(is_private=private)
        fresh = Post.objects.get(pk=post.pk)
        assert [each.number for each in history.versions(fresh, stranger)] == seen


def test_the_composer_asks_no_more_with_many_lists(owner: User, as_person: SignIn) -> None:
    browser = as_person(owner)
    counts = []
    for wanted in (3, 30):
        for number in range(PeopleList.objects.count(), wanted):
            list_of(owner, f"List {number}")
        browser.get("/new/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/new/").content.count(b"(0)</option>") == wanted
        counts.append(len(captured))
    assert counts[0] == counts[1]
