"""Changing a post that others see: its photos, words and labels, and the history of that."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from notes_site.storage import media
from posts.authoring.contents import NewPhoto, UploadGoneError
from posts.authoring.history import ComparisonBudget, word_changes
from posts.authoring.photo_changes import change_edits
from posts.authoring.post_changes import change_post
from posts.imaging.edits import Edits
from posts.models import Erasure, Photo, Post, Upload
from posts.pipeline import erase
from tests import making
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]


def uploads_of(post: Post) -> list[Upload]:
    return [photo.upload for photo in post.photos.all()]


def form_of(post: Post, uploads: list[Upload], **fields: Any) -> dict[str, Any]:
    """The edit form of a post with these photos, all else as it is."""
    return {
        "title": post.title,
        "caption": post.caption,
        "audience": post.audience,
        "revision": post.revision,
        "arranged": "1",
        "uploads": [upload.code for upload in uploads],
        "alt_text": [upload.photo.alt_text for upload in uploads],
        **fields,
    }


def test_photos_are_added_removed_and_put_in_another_order(
    owner: User, make_post: MakePost, make_upload: MakeUpload, as_person: SignIn
) -> None:
    post = make_post(owner, 3)
    first, second, third = uploads_of(post)
    new = make_upload(owner, key="new")
    making.make_ready(new)
    gone = [first.photo.original_key, *first.photo.renditions.values_list("key", flat=True)]
    answer = as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [third, new, second]))
    assert (answer.status_code, answer["Location"]) == (303, post.get_absolute_url())
    assert uploads_of(post) == [third, new, second]
    post.refresh_from_db()
    assert post.photo_count == 3
    erase.erase_due()
    assert not any(media().exists(key) for key in gone)
    assert set(gone) <= set(Erasure.objects.filter(post_id=post.pk).values_list("key", flat=True))


def test_a_photo_that_is_not_ready_yet_joins_when_it_is(
    owner: User, stranger: User, make_post: MakePost, make_upload: MakeUpload, as_person: SignIn
) -> None:
    post = make_post(owner)
    new = make_upload(owner, key="new")
    [first] = uploads_of(post)
    as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [new, first]))
    post.refresh_from_db()
    assert post.state == "published", "it stays where it is"
    assert post.cover_picture, "with a cover"
    page = as_person(stranger).get(post.get_absolute_url()).content.decode()
    assert page.count("data-zoom") == 1
    making.make_ready(new)
    page = as_person(stranger).get(post.get_absolute_url()).content.decode()
    assert page.count("data-zoom") == 2


def test_a_form_that_says_nothing_of_photos_leaves_them(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, 2)
    before = uploads_of(post)
    words = {"title": "New", "caption": "", "alt_text": ["changed"]}
    assert as_person(owner).post(f"/p/{post.code}/edit/", words).status_code == 303
    assert uploads_of(post) == before
    assert [photo.alt_text for photo in post.photos.all()] == ["changed", "photo 2"]


def test_a_post_keeps_at_least_one_photo(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="T")
    answer = as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [], title="Typed"))
    assert answer.status_code == 422
    assert "Choose at least one photo." in answer.content.decode()
    assert answer.context["form"]["title"].value() == "Typed"
    assert post.photos.count() == 1


def test_the_order_without_a_script(owner: User, make_post: MakePost, as_person: SignIn) -> None:
    post = make_post(owner, 3)
    first, second, third = uploads_of(post)
    form = form_of(post, [first, second, third], place=["3", "1", "2"])
    as_person(owner).post(f"/p/{post.code}/edit/", form)
    assert uploads_of(post) == [second, third, first]
    assert [photo.alt_text for photo in post.photos.all()] == ["photo 2", "photo 3", "photo 1"]


def test_an_older_tab_is_told_and_nothing_is_written(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, 2, title="One")
    old_form = form_of(post, uploads_of(post)[:1], title="From the old tab")
    change_post(post, title="Two")
    answer = as_person(owner).post(f"/p/{post.code}/edit/", old_form)
    assert answer.status_code == 422
    assert "in another tab or on another device" in answer.content.decode()
    assert len(answer.context["uploads"]) == 2
    post.refresh_from_db()
    assert (post.title, post.photos.count()) == ("Two", 2)
    assert answer.context["revision"] == post.revision


def test_anothers_photos_are_not_to_be_had(
    owner: User, stranger: User, make_post: MakePost, make_upload: MakeUpload
) -> None:
    post, theirs = make_post(owner), make_post(stranger)
    mine = uploads_of(post)[0]
    for taken in (
        uploads_of(theirs)[0],
        make_upload(stranger, key="x"),
        *uploads_of(make_post(owner)),
    ):
        with pytest.raises(UploadGoneError):
            change_post(post, photos=[NewPhoto(mine.pk), NewPhoto(taken.pk)])
    assert uploads_of(post) == [mine]
    assert theirs.photos.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_its_author_may_change_it(
    method: str, owner: User, friend: User, moderator: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="Mine")
    for person in (friend, moderator):
        answer = getattr(as_person(person), method)(f"/p/{post.code}/edit/", {"title": "Theirs"})
        assert answer.status_code == 404
    assert getattr(Client(), method)(f"/p/{post.code}/edit/").status_code == 302
    post.refresh_from_db()
    assert post.title == "Mine"


def history(browser: Client, post: Post) -> list[list[str]]:
    """The changes of every version that this browser is shown, newest first."""
    answer = browser.get(f"/p/{post.code}/history/")
    assert answer.status_code == 200
    return [version.changes for version in answer.context["versions"]]


def test_everyone_reads_what_changed(
    owner: User, make_post: MakePost, make_upload: MakeUpload
) -> None:
    post = make_post(owner, 2, title="A dune", caption="Sand")
    assert history(Client(), post) == []
    change_post(post, title="A red dune", licence="cc-by", made_with_ai=True)
    first, second = uploads_of(post)
    change_post(
        post, photos=[NewPhoto(second.pk, "photo 2"), NewPhoto(first.pk, "The <b>first</b>")]
    )
    change_post(post, photos=[NewPhoto(first.pk, "The <b>first</b>")])
    removed, moved, words, began = history(Client(), post)
    assert began == []
    assert words == [
        "Title: A <ins>red </ins>dune",
        "License: <del>All rights reserved</del> <ins>CC BY: credit me</ins>",
        "<ins>Made with AI</ins>",
    ]
    assert moved[0] == "The photos were reordered."
    assert "The</ins>" in moved[1] or "&lt;b&gt;first&lt;/b&gt;" in moved[1]
    assert "<b>" not in moved[1]
    assert removed == ["1 photo was removed."]
    post.refresh_from_db()
    assert post.edited_at
    assert post.revision == 4


def test_a_save_that_changes_nothing_leaves_no_trace(owner: User, make_post: MakePost) -> None:
    post = make_post(owner, title="A dune")
    change_post(post, title="A dune")
    post.refresh_from_db()
    assert (post.edited_at, post.revisions.count()) == (None, 0)


def test_an_edited_photo_is_told_and_costs_no_open_form_its_save(
    owner: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner)
    form = form_of(post, uploads_of(post), title="Typed before the photo was edited")
    change_edits(post.photos.get(), Edits.from_json({"rotate": 90}))
    assert as_person(owner).post(f"/p/{post.code}/edit/", form).status_code == 303
    assert history(Client(), post)[1] == ["Photo 1 was edited."]


def test_nobody_learns_from_the_history_what_was_meant_for_fewer(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="A secret", audience="self")
    change_post(post, title="Still a secret")
    change_post(post, title="For all", audience="public")
    change_post(post, title="For all of you")
    for browser in (Client(), as_person(stranger)):
        page = browser.get(f"/p/{post.code}/history/").content.decode()
        assert "secret" not in page.lower()
        assert "of you" in page
    assert len(history(as_person(owner), post)) == 4


def test_the_history_is_for_those_who_see_the_post(
    owner: User, stranger: User, friend: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, audience="friends", title="One")
    change_post(post, title="Two")
    address = f"/p/{post.code}/history/"
    assert as_person(friend).get(address).status_code == 200
    for browser in (as_person(stranger), Client()):
        assert browser.get(address).status_code == 404


def test_a_deleted_post_leaves_no_history(owner: User, make_post: MakePost) -> None:
    from posts.authoring.publishing import delete_post

    post = make_post(owner, title="One")
    change_post(post, title="Two")
    delete_post(post)
    assert post.revisions.count() == 0


@pytest.mark.parametrize(
    ("before", "after", "html"),
    [
        ("", "new", "<ins>new</ins>"),
        ("old", "", "<del>old</del>"),
        ("one two", "one three", "one <del>two</del><ins>three</ins>"),
        ("a < b", "a > b", "a <del>&lt;</del><ins>&gt;</ins> b"),
    ],
)
def test_changes_word_by_word(before: str, after: str, html: str) -> None:
    assert word_changes(before, after, ComparisonBudget()) == html


def test_of_an_edited_photo_only_what_its_author_left_of_it_joins(
    owner: User, stranger: User, make_post: MakePost, make_upload: MakeUpload, as_person: SignIn
) -> None:
    post = make_post(owner)
    new = make_upload(owner, key="new")
    making.make_ready(new)
    whole = list(new.photo.renditions.values_list("key", flat=True))
    change_edits(new.photo, Edits.from_json({"crop": [0, 0, 0.5, 0.5]}))
    as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [*uploads_of(post), new]))
    page = as_person(stranger).get(post.get_absolute_url()).content.decode()
    assert page.count("data-zoom") == 1, "the whole picture is its author's alone"
    door = as_person(stranger)
    assert {door.get(f"/media/{key.rpartition('/')[2]}").status_code for key in whole} == {404}
    assert set(whole) <= set(Erasure.objects.values_list("key", flat=True))
    making.make_ready(new)
    page = as_person(stranger).get(post.get_absolute_url()).content.decode()
    assert page.count("data-zoom") == 2


def test_edits_of_a_photo_that_was_never_ready_do_not_show_it(
    owner: User, stranger: User, make_post: MakePost, make_upload: MakeUpload, as_person: SignIn
) -> None:
    post = make_post(owner)
    new = make_upload(owner, key="new")
    as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [*uploads_of(post), new]))
    new.photo.renditions.create(
        spec="w640", key="public/begun.webp", width=64, height=48, bytes=1, format="webp"
    )
    change_edits(new.photo, Edits.from_json({"crop": [0, 0, 0.5, 0.5]}))
    page = as_person(stranger).get(post.get_absolute_url()).content.decode()
    assert page.count("data-zoom") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("a " * 2_000, "a b " * 1_000), ("ab " * 1_333, "a " * 2_000), ("a b " * 1_000, "b a " * 999)],
    ids=["every second word", "all words", "turned round"],
)
def test_texts_made_to_be_hard_to_compare_are_compared_soon(before: str, after: str) -> None:
    started = time.process_time()
    html = word_changes(before, after, ComparisonBudget())
    assert time.process_time() - started < 0.5
    assert re.sub("<del>.*?</del>|</?ins>", "", html) == after
    assert re.sub("<ins>.*?</ins>|</?del>", "", html) == before


def test_many_hard_texts_of_one_page_are_compared_soon() -> None:
    budget = ComparisonBudget()
    started = time.process_time()
    for _ in range(1_000):
        html = word_changes("a " * 140, "a b " * 140, budget)
    assert time.process_time() - started < 5
    assert html.count("<del>") == 1, "as a whole"


def test_a_long_history_comes_in_pages(
    owner: User, stranger: User, make_post: MakePost, as_person: SignIn
) -> None:
    post = make_post(owner, title="0")
    for number in range(1, 71):
        change_post(post, title=str(number))
    titles, address, pages = [], f"/p/{post.code}/history/", 0
    while address:
        answer = as_person(stranger).get(address)
        titles += re.findall("<ins>([0-9]+)</ins>", answer.content.decode())
        address, pages = answer.context["older_url"], pages + 1
    assert pages == 3
    assert titles == [str(number) for number in range(70, 0, -1)]
    assert "Published." in answer.content.decode()
    for wrong in ("x", "-1", "9" * 30, "²"):
        assert as_person(stranger).get(f"/p/{post.code}/history/?before={wrong}").status_code == 400


def test_without_the_photo_it_waited_for_a_post_appears_at_once(
    owner: User, make_post: MakePost, make_upload: MakeUpload, as_person: SignIn
) -> None:
    post = make_post(owner, 2, ready=False)
    first, second = uploads_of(post)
    making.make_ready(first)
    Photo.objects.filter(pk=second.photo_id).update(state="failed", reason="damaged")
    as_person(owner).post(f"/p/{post.code}/edit/", form_of(post, [first]))
    post.refresh_from_db()
    assert (post.state, post.photo_count) == ("published", 1)
