"""The admin shows what its viewer may see, edits nothing, and asks before it acts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from moderation import actions
from moderation.models import AuditEntry
from posts.commenting import comments
from posts.models import Comment, Photo, Post
from tests.making import MakePost

AsPerson = Callable[[User | None], Client]
LISTS = (
    "posts/post",
    "posts/photo",
    "posts/comment",
    "posts/upload",
    "posts/erasure",
    "accounts/user",
    "moderation/auditentry",
)


def listed(browser: Client, address: str) -> list[Any]:
    """The rows of a list of the admin."""
    return list(browser.get(address).context["cl"].result_list)


@pytest.fixture
def onlooker(db: None) -> User:
    """Staff who may look at posts and do nothing to them."""
    person = User.objects.create_user("ona", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_post"))
    return person


def test_only_staff_enter(as_person: AsPerson, stranger: User) -> None:
    for address in ("/admin/", *(f"/admin/{name}/" for name in LISTS)):
        signed_out = as_person(None).get(address, follow=True)
        assert signed_out.request["PATH_INFO"] == "/accounts/login/"
        answer = as_person(stranger).get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={address}")
    assert as_person(stranger).get("/admin/login/").status_code == 403


def test_staff_need_a_second_factor_where_others_reach_the_site(
    desk: Client, settings: Any
) -> None:
    assert desk.get("/admin/posts/post/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    answer = desk.get("/admin/posts/post/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/")


def test_staff_without_permission_can_do_nothing(
    make_post: MakePost, owner: User, onlooker: User, as_person: AsPerson
) -> None:
    post = make_post(owner)
    browser = as_person(onlooker)
    assert b"Hide" not in browser.get("/admin/posts/post/").content
    assert b"Hide" not in browser.get(f"/admin/posts/post/{post.pk}/change/").content
    address = f"/admin/posts/post/hide/?ids={post.code}"
    assert browser.get(address).status_code == 403
    assert browser.post(address, {"reason": "Because"}).status_code == 403
    for name in LISTS[1:]:
        assert browser.get(f"/admin/{name}/").status_code == 403
    post.refresh_from_db()
    assert post.hidden_at is None


def test_nobody_edits_adds_or_deletes(
    make_post: MakePost, owner: User, site_owner: User, as_person: AsPerson
) -> None:
    post = make_post(owner, title="Mine")
    browser = as_person(site_owner)
    for model, pk in (("posts/post", post.pk), ("accounts/user", owner.pk)):
        assert browser.get(f"/admin/{model}/add/").status_code == 403
        change = browser.post(f"/admin/{model}/{pk}/change/", {"title": "X", "username": "x"})
        assert change.status_code == 403
        assert browser.post(f"/admin/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert Post.objects.get(pk=post.pk).title == "Mine"
    for name in ("auth/group", "account/emailaddress", "mfa/authenticator"):
        assert browser.get(f"/admin/{name}/").status_code == 404


def test_every_page_opens(
    make_post: MakePost, owner: User, stranger: User, moderator: User, desk: Client
) -> None:
    post = make_post(owner, photos=2, caption="Low water #harbour")
    written = comments.write(author=stranger, post=post, text="Nice")
    actions.hide_post(actor=moderator, post=post, reason="Faces")
    photo = post.photos.first()
    entry = AuditEntry.objects.first()
    assert photo and entry
    pages = [f"/admin/{name}/" for name in LISTS] + [
        f"/admin/posts/post/{post.pk}/change/",
        f"/admin/posts/photo/{photo.pk}/change/",
        f"/admin/posts/comment/{written.pk}/change/",
        f"/admin/accounts/user/{owner.pk}/change/",
        f"/admin/moderation/auditentry/{entry.pk}/change/",
        "/admin/",
    ]
    for page in pages:
        answer = desk.get(page)
        assert answer.status_code == 200, page
        body = answer.content.decode()
        assert "<style" not in body, page
        assert 'style="' not in body, page
    post_page = desk.get(f"/admin/posts/post/{post.pk}/change/").content.decode()
    assert "@mara hid post: <q>Faces</q>" in post_page
    assert post_page.count('<img class="thumb"') == 2
    history = desk.get(f"/admin/posts/post/{post.pk}/history/", follow=True)
    assert [entry.action for entry in history.context["cl"].result_list] == ["hide"]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "Shown"),
        ({"held": "words"}, "Waiting for the author of the post"),
        ({"held": "words", "hidden_at": timezone.now()}, "Hidden"),
    ],
)
def test_a_comment_says_how_it_stands(
    change: dict[str, Any],
    state: str,
    make_post: MakePost,
    owner: User,
    moderator: User,
    as_person: AsPerson,
) -> None:
    written = comments.write(author=owner, post=make_post(owner), text="Mine")
    Comment.objects.filter(pk=written.pk).update(**change)
    page = as_person(moderator).get("/admin/posts/comment/").content.decode()
    assert re.findall(r'<span class="badge \w+">([^<]+)</span>', page) == [state]


def test_moderators_do_not_see_posts_for_their_author_alone(
    make_post: MakePost, owner: User, moderator: User, site_owner: User, as_person: AsPerson
) -> None:
    diary = make_post(owner, audience="self", caption="Diary")
    circle = make_post(owner, audience="followers", caption="Circle")
    comments.write(author=owner, post=diary, text="To myself")
    for viewer in (moderator, site_owner):
        browser = as_person(viewer)
        assert listed(browser, "/admin/posts/post/") == [circle]
        assert listed(browser, "/admin/posts/comment/") == []
        assert browser.get(f"/admin/posts/post/{diary.pk}/change/").status_code == 302
        # The photo's state is shown, the picture and its words are not.
        photo = diary.photos.get()
        page = browser.get(f"/admin/posts/photo/{photo.pk}/change/").content.decode()
        assert "a post only its author can see" in page
        assert "photo 1" not in page
        assert 'class="thumb"' not in page
        answer = browser.post(f"/admin/posts/post/hide/?ids={diary.code}", {"reason": "Because"})
        assert answer.status_code == 303
    diary.refresh_from_db()
    assert diary.hidden_at is None


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "Say why, in a sentence. Nothing was changed yet."),
        ("   ", "Say why, in a sentence. Nothing was changed yet."),
        ("a" * 301, "Keep the reason to 300 characters; it has 301."),
    ],
)
def test_a_bad_reason_is_asked_for_again(
    make_post: MakePost, owner: User, desk: Client, reason: str, sentence: str
) -> None:
    post = make_post(owner, title="Harbour")
    answer = desk.post(f"/admin/posts/post/hide/?ids={post.code}", {"reason": reason})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert sentence in body
    assert "Harbour (@owner)" in body
    assert reason.strip() in body
    post.refresh_from_db()
    assert post.hidden_at is None
    assert not AuditEntry.objects.filter(target_kind="post").exists()


def test_hiding_several_from_the_list_and_back(
    make_post: MakePost, owner: User, stranger: User, desk: Client
) -> None:
    first, second, third = make_post(owner), make_post(owner), make_post(stranger)
    here = "/admin/posts/post/?audience__exact=public"
    chosen = {"action": "hide", "index": 0, "_selected_action": [first.pk, third.pk]}
    answer = desk.post(here, chosen)
    assert answer.status_code == 303
    page = desk.get(answer["Location"])
    assert page.status_code == 200
    assert page.content.decode().count('class="veiled"') == 2

    done = desk.post(answer["Location"], {"reason": "Spam", "next": page.context["next"]})
    assert (done.status_code, done["Location"]) == (303, here)
    assert "2 posts are hidden." in desk.get(done["Location"]).content.decode()
    assert set(Post.objects.filter(hidden_reason="Spam")) == {first, third}
    assert Post.objects.get(pk=second.pk).hidden_at is None

    # One of the two is hidden already: the page says so, and restores the rest.
    codes = f"{first.code},{second.code}"
    page = desk.get(f"/admin/posts/post/restore/?ids={codes}")
    assert "is not hidden." in page.content.decode()
    desk.post(f"/admin/posts/post/restore/?ids={codes}", {"reason": ""})
    assert set(Post.objects.filter(hidden_at__isnull=False)) == {third}


def test_one_click_from_the_post_and_from_its_page_in_the_admin(
    make_post: MakePost, owner: User, stranger: User, desk: Client, as_person: AsPerson
) -> None:
    post = make_post(owner)
    link = f"/admin/posts/post/hide/?ids={post.code}"
    for page in (post.get_absolute_url(), f"/admin/posts/post/{post.pk}/change/"):
        assert link in desk.get(page).content.decode()
    for viewer in (None, owner, stranger):
        assert link not in as_person(viewer).get(post.get_absolute_url()).content.decode()
    # And back to where the click was.
    form = desk.get(link, headers={"referer": f"http://testserver{post.get_absolute_url()}"})
    assert form.context["next"] == f"http://testserver{post.get_absolute_url()}"


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:x"])
def test_it_leads_to_no_other_site(
    make_post: MakePost, owner: User, desk: Client, target: str
) -> None:
    address = f"/admin/posts/post/hide/?ids={make_post(owner).code}"
    form = desk.get(f"{address}&next={quote(target)}", headers={"referer": target})
    assert form.context["next"] == "/admin/posts/post/"
    answer = desk.post(address, {"reason": "Spam", "next": target})
    assert answer["Location"] == "/admin/posts/post/"


@pytest.mark.parametrize("ids", ["", "0OIl", "2x", "11", ",", "99999999999999"])
def test_what_is_not_there_is_said_to_be_not_there(desk: Client, ids: str) -> None:
    answer = desk.get(f"/admin/posts/post/hide/?ids={ids}")
    assert answer.status_code == 200
    assert "There is nothing left to do here." in answer.content.decode()


def test_too_many_at_once_are_refused(
    owner: User, desk: Client, monkeypatch: pytest.MonkeyPatch, make_post: MakePost
) -> None:
    posts = [make_post(owner), make_post(owner)]
    monkeypatch.setattr("moderation.admin.actions.AT_ONCE", 1)
    chosen = {"action": "hide", "index": 0, "_selected_action": [post.pk for post in posts]}
    answer = desk.post("/admin/posts/post/", chosen, follow=True)
    assert "Select up to 1 row at a time." in answer.content.decode()


def test_suspending_asks_too_and_leaves_owners_alone(
    site_owner: User, owner: User, moderator: User, desk: Client
) -> None:
    address = f"/admin/accounts/user/suspend/?ids={owner.code},{site_owner.code},{moderator.code}"
    page = desk.get(address).content.decode()
    assert "@olga: An owner of the site can’t be suspended." in page
    assert "@mara: You can’t suspend yourself." in page
    assert desk.post(address, {"reason": ""}).status_code == 422
    assert desk.post(address, {"reason": "Spam"}).status_code == 303
    assert list(User.objects.filter(suspended_reason="Spam")) == [owner]


def test_a_failed_photo_is_tried_again(
    make_post: MakePost, owner: User, moderator: User, desk: Client
) -> None:
    photo = make_post(owner).photos.get()
    Photo.objects.filter(pk=photo.pk).update(state="failed", reason="damaged", attempts=5)
    shown = desk.get("/admin/posts/photo/?state__exact=failed").content.decode()
    assert "damaged or cut off" in shown
    answer = desk.post(f"/admin/posts/photo/retry/?ids={photo.code}", {"reason": ""})
    assert answer.status_code == 303
    photo.refresh_from_db()
    assert (photo.state, photo.attempts, photo.reason) == ("pending", 0, "")
    assert AuditEntry.objects.get(action="retry").actor_id == moderator.pk


def test_search_and_filters(
    make_post: MakePost, owner: User, stranger: User, moderator: User, desk: Client
) -> None:
    one = make_post(owner, title="Harbour", caption="Low water")
    two = make_post(stranger, caption="High street")
    actions.hide_post(actor=moderator, post=two, reason="Faces")
    for query, found in (
        ("harbour", [one]),
        ("high street", [two]),
        ("@stranger", [two]),
        (one.code, [one]),
        (f"https://notes.example/p/{two.code}/", [two]),
        ("nothing like it", []),
    ):
        assert listed(desk, f"/admin/posts/post/?q={quote(query)}") == found, query
    assert listed(desk, "/admin/posts/post/?hidden=yes") == [two]
    assert listed(desk, "/admin/posts/post/?hidden=no") == [one]
    assert listed(desk, f"/admin/posts/post/?author__id__exact={owner.pk}") == [one]


@pytest.mark.parametrize(
    "guess",
    [
        "accounts/user/?password__startswith=argon2",
        "accounts/user/?email__startswith=a",
        "posts/photo/?alt_text__startswith=a",
        "posts/upload/?name__startswith=a",
    ],
)
def test_columns_that_are_not_shown_cannot_be_guessed(guess: str, desk: Client) -> None:
    assert desk.get(f"/admin/{guess}").status_code in (302, 400)


def test_mail_addresses_are_for_owners(
    site_owner: User, owner: User, desk: Client, as_person: AsPerson
) -> None:
    page, search = f"/admin/accounts/user/{owner.pk}/change/", "/admin/accounts/user/?q=owner@exa"
    assert b"owner@example.org" not in desk.get(page).content
    assert listed(desk, search) == []
    browser = as_person(site_owner)
    assert b"owner@example.org" in browser.get(page).content
    assert listed(browser, search) == [owner]


def test_the_first_page_shows_the_queue(
    make_post: MakePost, owner: User, desk: Client, onlooker: User, as_person: AsPerson
) -> None:
    assert "No photos are waiting." in desk.get("/admin/").content.decode()
    photos = list(make_post(owner, photos=4).photos.all())
    now = timezone.now()
    ago = now - timedelta(minutes=7, seconds=5)
    changes: list[dict[str, Any]] = [
        {"state": "pending", "thumbhash": "", "created_at": ago}, {"state": "working"},
        {"state": "failed"}, {"held_at": now},
    ]  # fmt: skip
    for photo, change in zip(photos, changes, strict=True):
        Photo.objects.filter(pk=photo.pk).update(**change)
    page = desk.get("/admin/").content.decode()
    for part, photo in zip(("waiting", "working", "failed", "held"), photos, strict=True):
        found = re.search(rf'<li class="{part}"><a href="([^"]+)"><b>1</b>', page)
        assert found, part
        assert listed(desk, found[1].replace("&amp;", "&")) == [photo]
    assert len(re.findall(r'<rect class="\w+" x="\d+" width="250"', page)) == 4
    assert "The oldest has been waiting for 7 minutes." in page
    assert "Is a worker running" in page
    Photo.objects.filter(pk=photos[0].pk).update(created_at=now)
    assert "less than a minute" in desk.get("/admin/").content.decode()
    # Staff who may not see photos are told nothing of them.
    assert "queue-title" not in as_person(onlooker).get("/admin/").content.decode()


def test_lists_cost_the_same_however_long(
    make_post: MakePost, owner: User, stranger: User, moderator: User, desk: Client
) -> None:
    def grow(rows: int) -> None:
        for number in range(rows):
            author = User.objects.create_user(f"author-{User.objects.count()}")
            post = make_post(author, caption=f"number {number} #harbour")
            comments.write(author=author, post=post, text="Mine")
            actions.hide_post(actor=moderator, post=post, reason="Faces")

    def queries(name: str) -> int:
        desk.get(f"/admin/{name}/")
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"/admin/{name}/").status_code == 200
        return len(captured)

    grow(1)
    before = {name: queries(name) for name in LISTS}
    grow(11)
    assert {name: queries(name) for name in LISTS} == before
