"""Drafts and scheduled posts: kept by themselves, seen by their author alone, out in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from posts import sweep
from posts.authoring import publishing
from posts.authoring.contents import NewPhoto, StaleError
from posts.authoring.publishing import create_post
from posts.models import Photo, Post, Upload
from posts.views import composer
from tests import making
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]
JSON = {"Accept": "application/json"}


def save(browser: Client, key: str = "k1", **fields: Any) -> Any:
    """Send the composer's form as its script does to keep a draft."""
    form = {"submission_key": key, "save": "draft", "arranged": "1", **fields}
    return browser.post("/new/", form, headers=JSON)


def test_a_draft_is_made_once_and_then_changed(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    browser = as_person(owner)
    first = save(browser, title="Half a tho").json()
    upload = make_upload(owner)
    second = save(
        browser, title="Half a thought", uploads=[upload.code], alt_text=["A dune"], revision=1
    ).json()
    post = Post.objects.get()
    assert (first["id"], second["id"]) == (post.code, post.code)
    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["url"] == f"/new/?draft={post.code}"
    assert (post.state, post.title, post.photo_count) == ("draft", "Half a thought", 1)
    assert post.photos.get().alt_text == "A dune"


def test_it_opens_as_it_was_left(owner: User, make_upload: MakeUpload, as_person: SignIn) -> None:
    browser = as_person(owner)
    uploads = [make_upload(owner, key=str(number)) for number in range(2)]
    making.make_ready(uploads[0])
    saved = save(
        browser,
        title="Dunes",
        caption="#sand",
        licence="cc-by",
        is_paid="on",
        uploads=[upload.code for upload in uploads],
        alt_text=["one", "two"],
    ).json()
    answer = browser.get(saved["url"])
    assert answer.status_code == 200
    assert [each.code for each in answer.context["uploads"]] == [each.code for each in uploads]
    assert [each.typed_alt for each in answer.context["uploads"]] == ["one", "two"]
    form = answer.context["form"]
    assert (form["title"].value(), form["licence"].value()) == ("Dunes", "cc-by")
    assert form["is_paid"].value() is True
    assert (answer.context["mode"], answer.context["revision"]) == ("draft", 1)
    assert answer.context["submission_key"] == "k1"


def test_an_older_tab_can_not_overwrite_a_newer_one(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    browser = as_person(owner)
    save(browser, title="One")
    upload = make_upload(owner)
    save(browser, title="Two", uploads=[upload.code], revision=1)
    late = save(browser, title="From the old tab", revision=1)
    assert late.status_code == 409
    assert (late.json()["code"], late.json()["revision"]) == ("stale", 2)
    post = Post.objects.get()
    assert post.title == "Two"
    assert post.photos.count() == 1, "nor erase a photo it does not know"
    kept = save(browser, title="From the old tab", uploads=[upload.code], revision=2)
    assert kept.status_code == 200


def test_publishing_over_a_newer_draft_shows_both(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    browser = as_person(owner)
    upload = make_upload(owner)
    save(browser, title="One")
    save(browser, title="Two", uploads=[upload.code], revision=1)
    other = make_upload(owner, key="other")
    form = {"submission_key": "k1", "title": "Mine", "uploads": [other.code], "revision": 1}
    answer = browser.post("/new/", form)
    assert answer.status_code == 422
    assert "in another tab or on another device" in answer.content.decode()
    assert answer.context["form"]["title"].value() == "Mine"
    assert {each.code for each in answer.context["uploads"]} == {other.code, upload.code}
    assert answer.context["revision"] == 2
    assert Post.objects.get().state == "draft"


def test_a_draft_becomes_the_post(owner: User, make_upload: MakeUpload, as_person: SignIn) -> None:
    browser = as_person(owner)
    upload = make_upload(owner)
    making.make_ready(upload)
    save(browser, title="Half", uploads=[upload.code])
    form = {"submission_key": "k1", "title": "Whole", "uploads": [upload.code], "revision": 1}
    answer = browser.post("/new/", form)
    post = Post.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, post.get_absolute_url())
    assert (post.state, post.title) == ("published", "Whole")
    assert browser.post("/new/", form)["Location"] == post.get_absolute_url(), "clicked twice"
    late = save(browser, title="A late save of the same tab", revision=1)
    assert (late.status_code, late.json()["code"]) == (409, "published"), "it is not saved"
    assert late.json()["url"] == post.get_absolute_url()
    assert "nothing was saved" in late.json()["error"]
    post.refresh_from_db()
    assert post.title == "Whole"


def test_what_is_left_out_of_a_draft_is_erased_and_its_words_may_be_empty(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    browser = as_person(owner)
    upload = make_upload(owner)
    save(browser, uploads=[upload.code])
    save(browser, revision=1)
    assert not Photo.objects.exists()
    assert Post.objects.get().photo_count == 0


def test_nobody_else_sees_a_draft(
    owner: User, friend: User, moderator: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    upload = make_upload(owner)
    photo = making.make_ready(upload)
    saved = save(as_person(owner), title="Secret", uploads=[upload.code]).json()
    name = photo.renditions.get(spec="w320").key.rpartition("/")[2]
    assert as_person(owner).get(f"/p/{saved['id']}/").status_code == 200
    assert as_person(owner).get(f"/media/{name}").status_code == 200
    addresses = [f"/p/{saved['id']}/", f"/p/{saved['id']}/history/", f"/media/{name}"]
    for person in (friend, moderator, None):
        for address in addresses:
            assert as_person(person).get(address).status_code == 404, (person, address)
        assert "Secret" not in as_person(person).get("/").content.decode()
        assert "Secret" not in as_person(person).get("/@owner/").content.decode()
    for person in (friend, moderator):
        assert as_person(person).get(saved["url"]).status_code == 404
        assert saved["id"] not in as_person(person).get("/drafts/").content.decode()
    taken = save(as_person(friend), title="Mine now", key="k1").json()
    assert taken["id"] != saved["id"], "keys are each person's own"


def test_unused_uploads_go_after_a_week_those_of_drafts_stay(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    drafted, unused = make_upload(owner, key="a"), make_upload(owner, key="b")
    save(as_person(owner), uploads=[drafted.code])
    Upload.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert sweep.erase_unused_uploads() == 1
    assert list(Upload.objects.all()) == [drafted]
    assert not Photo.objects.filter(pk=unused.photo_id).exists()


def test_a_post_appears_at_its_time(
    owner: User, stranger: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    upload = make_upload(owner)
    making.make_ready(upload)
    at = timezone.now() + timedelta(hours=2)
    form = {"title": "Tomorrow", "uploads": [upload.code], "save": "schedule"}
    answer = as_person(owner).post("/new/", form | {"publish_at": at.isoformat()})
    post = Post.objects.get()
    assert answer["Location"] == post.get_absolute_url()
    assert (post.state, post.publish_at) == ("scheduled", at)
    assert publishing.publish_due() == 0
    assert as_person(stranger).get(post.get_absolute_url()).status_code == 404
    Post.objects.update(publish_at=timezone.now() - timedelta(seconds=1))
    sweep.sweep()
    post.refresh_from_db()
    assert post.state == "published"
    assert post.published_at
    assert timezone.now() - post.published_at < timedelta(minutes=1)
    assert as_person(stranger).get(post.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("publish_at", "sentence"),
    [
        ("", "Choose when it should appear."),
        ("2026-01-01T10:00", "This time has passed."),
        ("2099-01-01T10:00", "within the next year"),
        ("tomorrow", "read that time"),
    ],
)
def test_a_time_that_can_not_be_is_named_and_all_is_kept(
    publish_at: str, sentence: str, owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    upload = make_upload(owner)
    form = {"title": "Soon", "uploads": [upload.code], "save": "schedule"}
    answer = as_person(owner).post("/new/", form | {"publish_at": publish_at})
    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors["publish_at"])
    assert answer.context["form"]["title"].value() == "Soon"
    assert [each.code for each in answer.context["uploads"]] == [upload.code]
    assert not Post.objects.exists()


def test_a_scheduled_post_can_be_taken_back_or_published_at_once(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    browser = as_person(owner)
    upload = make_upload(owner)
    making.make_ready(upload)
    post = create_post(
        author=owner,
        photos=[NewPhoto(upload.pk)],
        submission_key="k1",
        state=Post.State.SCHEDULED,
        publish_at=timezone.now() + timedelta(days=1),
    )
    saved = save(browser, uploads=[upload.code], revision=post.revision)
    assert saved.status_code == 200
    post.refresh_from_db()
    assert (post.state, post.publish_at) == ("draft", None)
    browser.post(f"/p/{post.code}/publish")
    post.refresh_from_db()
    assert post.state == "published"


def test_an_empty_draft_is_not_published(owner: User, as_person: SignIn) -> None:
    post = create_post(author=owner, photos=[], title="No photo", state=Post.State.DRAFT)
    as_person(owner).post(f"/p/{post.code}/publish")
    post.refresh_from_db()
    assert post.state == "draft"


def test_two_saves_at_once_lose_nothing(owner: User, make_post: MakePost) -> None:
    post = create_post(
        author=owner, photos=[], title="One", submission_key="k", state=Post.State.DRAFT
    )
    again = {"author": owner, "photos": [], "submission_key": "k", "state": Post.State.DRAFT}
    create_post(**again, title="Two", revision=post.revision)  # type: ignore[arg-type]
    with pytest.raises(StaleError):
        create_post(**again, title="Three", revision=post.revision)  # type: ignore[arg-type]
    post.refresh_from_db()
    assert post.title == "Two"


def test_drafts_are_listed_newest_first_without_more_queries_for_more(
    owner: User, as_person: SignIn, django_assert_num_queries: Any
) -> None:
    browser = as_person(owner)
    for number in range(3):
        save(browser, key=f"k{number}", title=f"Draft {number}")
    browser.get("/drafts/")
    # The session, the member, their drafts, and how many notifications they have not seen.
    with django_assert_num_queries(4):
        answer = browser.get("/drafts/")
    assert [post.title for post in answer.context["drafts"]] == ["Draft 2", "Draft 1", "Draft 0"]
    for number in range(3, 10):
        save(browser, key=f"k{number}", title=f"Draft {number}")
    with django_assert_num_queries(4):
        browser.get("/drafts/")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("how", ["draft", "schedule", "publish"])
def test_a_time_that_no_calendar_has_is_no_time(
    owner: User, as_person: SignIn, make_upload: MakeUpload, time: str, how: str
) -> None:
    browser = as_person(owner)
    fields: dict[str, Any] = {"uploads": [make_upload(owner).code], "alt_text": [""]}
    answer = save(browser, publish_at=time, **fields | {"save": how})
    assert answer.status_code == 422
    assert "publish_at" in answer.json()["fields"]
    assert browser.get("/drafts/").status_code == 200


def test_what_is_typed_while_a_post_appears_by_itself_is_not_lost(
    owner: User, make_upload: MakeUpload, as_person: SignIn
) -> None:
    upload = make_upload(owner)
    making.make_ready(upload)
    soon = timezone.now() + timedelta(minutes=5)
    browser = as_person(owner)
    form: dict[str, Any] = {"uploads": [upload.code], "alt_text": [""]}
    form |= {"publish_at": soon.isoformat(), "save": "schedule"}
    saved = save(browser, **form, title="Frist", revision=0).json()
    Post.objects.update(publish_at=timezone.now())
    publishing.publish_due()
    # Its form was open meanwhile.
    later = {**form, "submission_key": "k1", "title": "First", "revision": saved["revision"]}
    for button in ("draft", "schedule"):
        answer = browser.post("/new/", {**later, "arranged": "1", "save": button})
        post = Post.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, post.get_absolute_url())
        assert (post.state, post.title) == (
            "published",
            "Frist" if button == "draft" else "First",
        ), "what saves itself changes nothing that others see"
    assert post.revisions.count() == 2
    browser.post("/new/", {**later, "arranged": "1", "save": "schedule", "title": "Second"})
    assert Post.objects.get().title == "First", "the same form sent twice made it already"


def test_a_draft_that_is_overtaken_at_the_last_moment_does_not_pass_for_saved(
    owner: User, make_post: MakePost, as_person: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    Post.objects.filter(pk=make_post(owner, title="Out").pk).update(submission_key="k1")
    monkeypatch.setattr(composer, "_submitted", lambda _request, _key: None)
    assert save(as_person(owner), title="Late").status_code == 409
    assert Post.objects.get().title == "Out"
