"""The composer as a plain form: a post, or everything typed and every good file again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from posts.authoring import publishing
from posts.authoring.post_changes import change_post
from posts.models import Photo, Post, Upload
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]
Send = Callable[..., Any]
WORDS = {"title": "A title", "caption": "A caption #sea", "audience": "public"}


def file(content: bytes, name: str = "sea.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


@pytest.fixture
def browser(owner: User, as_person: SignIn) -> Client:
    """The owner's."""
    return as_person(owner)


def kept(answer: Any) -> list[str]:
    """The ids of the uploads that the page holds for the next try."""
    return re.findall(r'name="uploads" value="([^"]+)"', answer.content.decode())


def test_files_and_words_become_a_post(browser: Client, small_picture: bytes) -> None:
    answer = browser.post(
        "/new/",
        WORDS
        | {
            "photos": [file(small_picture), file(small_picture)],
            "alt_text": ["the sea", "the sky"],
        },
    )
    post = Post.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/")
    assert (post.title, post.caption, post.audience) == ("A title", "A caption #sea", "public")
    assert [photo.alt_text for photo in post.photos.all()] == ["the sea", "the sky"]
    page = browser.get(answer["Location"])
    assert page.status_code == 200


def test_uploads_and_files_together_in_their_order(
    browser: Client, owner: User, make_upload: MakeUpload, small_picture: bytes
) -> None:
    one, two = make_upload(owner), make_upload(owner)
    browser.post(
        "/new/",
        WORDS
        | {
            "uploads": [two.code, one.code],
            "photos": [file(small_picture)],
            "alt_text": ["second", "first", "third"],
        },
    )
    photos = list(Post.objects.get().photos.all())
    assert [photo.pk for photo in photos[:2]] == [two.photo_id, one.photo_id]
    assert [photo.alt_text for photo in photos] == ["second", "first", "third"]


def test_a_bad_file_costs_neither_words_nor_the_others(
    browser: Client, small_picture: bytes
) -> None:
    answer = browser.post(
        "/new/",
        WORDS
        | {
            "photos": [file(small_picture, "good.jpg"), file(b"hello", "bad <b>.jpg")],
            "alt_text": ["a good one", "a bad one"],
        },
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "bad &lt;b&gt;.jpg" in page
    assert "not a picture we can read" in page
    assert 'value="A title"' in page
    assert "A caption #sea</textarea>" in page
    assert "a good one" in page
    assert not Post.objects.exists()
    assert kept(answer) == [Upload.objects.get().code]
    answer = browser.post("/new/", WORDS | {"uploads": kept(answer), "alt_text": ["a good one"]})
    assert answer.status_code == 303
    assert Post.objects.get().photos.get().alt_text == "a good one"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"caption": "x" * 5_000}, "up to 4000 characters; this one has 5000"),
        ({"title": "x" * 91}, "up to 90 characters; this one has 91"),
        ({"audience": "everyone"}, "audience"),
        ({"audience": "list"}, "Choose which of your lists can see it."),
        (
            {"alt_text": ["x" * 2_001]},
            "The alt text of photo 1 has 2001 characters; the limit is 2000.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_all_is_kept(
    changed: dict[str, Any], words: str, browser: Client, small_picture: bytes
) -> None:
    answer = browser.post("/new/", WORDS | {"photos": [file(small_picture)]} | changed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    for field in ("title", "caption"):
        assert (WORDS | changed)[field] in page
    assert len(kept(answer)) == 1
    assert not Post.objects.exists()
    assert browser.post("/new/", WORDS | {"uploads": kept(answer)}).status_code == 303


def test_a_caption_as_long_as_it_may_be_written_on_any_machine(
    browser: Client, small_picture: bytes
) -> None:
    caption = "x" * 3_990 + "\r\n" * 10
    answer = browser.post("/new/", WORDS | {"caption": caption, "photos": [file(small_picture)]})
    assert answer.status_code == 303


def test_without_a_photo_there_is_no_post(browser: Client) -> None:
    answer = browser.post("/new/", WORDS)
    assert answer.status_code == 422
    assert "Choose at least one photo." in answer.content.decode()
    assert "A caption #sea" in answer.content.decode()


def test_thirty_six_files_are_one_too_many(browser: Client, small_picture: bytes) -> None:
    files = [file(small_picture, f"{number}.jpg") for number in range(36)]
    answer = browser.post("/new/", WORDS | {"photos": files})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A post can have up to 35 photos" in page
    assert "35.jpg" in page
    assert len(kept(answer)) == 35
    assert not Post.objects.exists()


def test_thirty_six_uploads_are_one_too_many(
    browser: Client, owner: User, make_upload: MakeUpload
) -> None:
    uploads = [make_upload(owner).code for _ in range(36)]
    answer = browser.post("/new/", WORDS | {"uploads": uploads})
    assert answer.status_code == 422
    assert "A post can have up to 35 photos" in answer.content.decode()
    assert not Post.objects.exists()
    assert set(kept(answer)) == set(uploads), "nothing is lost"
    answer = browser.post("/new/", WORDS | {"uploads": uploads[:35]})
    assert answer.status_code == 303


@pytest.mark.parametrize("damaged", ["", "0OIl", "12345678901234", "../x", "é", "2" * 11])
def test_a_damaged_id_is_a_photo_that_is_no_longer_here(
    damaged: str, browser: Client, owner: User, make_upload: MakeUpload
) -> None:
    good = make_upload(owner)
    answer = browser.post("/new/", WORDS | {"uploads": [good.code, damaged]})
    assert answer.status_code in (303, 422)
    if answer.status_code == 422:
        assert kept(answer) == [good.code]
        assert "no longer here" in answer.content.decode()
    else:
        assert Post.objects.get().photos.count() == 1


def test_anothers_upload_is_not_to_be_had(
    browser: Client, stranger: User, make_upload: MakeUpload
) -> None:
    theirs = make_upload(stranger)
    answer = browser.post("/new/", WORDS | {"uploads": [theirs.code]})
    assert answer.status_code == 422
    assert kept(answer) == []
    assert theirs.code not in answer.content.decode()
    assert not Post.objects.exists()


def test_sent_twice_it_leads_to_the_same_post(browser: Client, small_picture: bytes) -> None:
    page = browser.get("/new/").content.decode()
    key = re.search(r'name="submission_key" value="([^"]+)"', page)
    assert key
    form = WORDS | {"submission_key": key.group(1)}
    first = browser.post("/new/", form | {"photos": [file(small_picture)]})
    second = browser.post("/new/", form | {"photos": [file(small_picture)]})
    again = browser.post(
        "/new/", form | {"uploads": [Upload.objects.filter(used_at__isnull=False)[0].code]}
    )
    assert first["Location"] == second["Location"] == again["Location"]
    assert Post.objects.count() == 1


def test_a_photo_published_in_another_tab_is_named(
    browser: Client, owner: User, make_upload: MakeUpload
) -> None:
    taken, free = make_upload(owner), make_upload(owner)
    browser.post("/new/", WORDS | {"uploads": [taken.code]})
    answer = browser.post("/new/", WORDS | {"uploads": [taken.code, free.code]})
    assert answer.status_code == 422
    assert kept(answer) == [free.code]
    assert Post.objects.count() == 1


def test_one_can_be_taken_out_without_a_script(
    browser: Client, owner: User, make_upload: MakeUpload
) -> None:
    one, two = make_upload(owner), make_upload(owner)
    answer = browser.post("/new/", WORDS | {"uploads": [one.code, two.code], "remove": [one.code]})
    assert answer.status_code == 303
    assert Post.objects.get().photos.get().pk == two.photo_id


def test_nothing_in_the_form_becomes_markup(browser: Client) -> None:
    hostile = '"><script>alert(1)</script></textarea><script>alert(2)</script>'
    answer = browser.post("/new/", {"title": hostile, "caption": hostile, "audience": hostile})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()


def test_storage_away_keeps_the_words(browser: Client, small_picture: bytes, settings: Any) -> None:
    from tests import making

    settings.STORAGES = making.storage_away(settings.STORAGES)
    answer = browser.post("/new/", WORDS | {"photos": [file(small_picture)]})
    assert answer.status_code == 422
    assert "responding right now" in answer.content.decode()
    assert "A caption #sea" in answer.content.decode()
    assert not Photo.objects.exists()


def test_a_post_for_oneself_is_seen_by_nobody_else(
    browser: Client, small_picture: bytes, stranger: User, as_person: SignIn
) -> None:
    answer = browser.post("/new/", WORDS | {"photos": [file(small_picture)], "audience": "self"})
    assert browser.get(answer["Location"]).status_code == 200
    assert as_person(stranger).get(answer["Location"]).status_code == 404


def test_without_a_token_nothing_happens(owner: User, small_picture: bytes) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    answer = browser.post("/new/", WORDS | {"photos": [file(small_picture)]})
    assert answer.status_code == 403
    assert "nothing was changed" in answer.content.decode()
    assert not Photo.objects.exists()
    answer = browser.post("/uploads/", {"file": file(small_picture)})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_an_edit_keeps_what_was_typed_when_something_is_wrong(
    browser: Client, owner: User, make_post: MakePost
) -> None:
    post = make_post(owner, 2, title="Old", caption="old")
    address = f"/p/{post.code}/edit/"
    wrong = {"title": "New", "caption": "x" * 4_001, "audience": "public", "alt_text": ["a", "b"]}
    answer = browser.post(address, wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="New"' in page
    assert "x" * 4_001 in page
    assert ">a</textarea>" in page.replace("\n", "")
    post.refresh_from_db()
    assert (post.title, post.caption) == ("Old", "old")
    answer = browser.post(address, wrong | {"caption": "new #sky"})
    assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/")
    post.refresh_from_db()
    assert (post.title, post.caption) == ("New", "new #sky")
    assert [photo.alt_text for photo in post.photos.all()] == ["a", "b"]


def test_an_edit_without_an_audience_leaves_it_as_it_is(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, audience="self")
    answer = as_person(owner).post(f"/p/{post.code}/edit/", {"title": "New", "caption": ""})
    assert answer.status_code == 303
    post.refresh_from_db()
    assert (post.title, post.audience) == ("New", "self")


def test_an_edit_after_the_deletion_writes_nothing(owner: User, make_post: MakePost) -> None:
    post = make_post(owner)
    publishing.delete_post(post)
    assert not change_post(post, title="Back", caption="#back")
    post.refresh_from_db()
    assert (post.state, post.title, post.caption) == ("deleted", "", "")
