"""A photo's edits and shown details: who may change them, what is refused, and races."""

import io
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from notes_site.ids import encode
from posts import tasks
from posts.authoring import photo_changes
from posts.imaging.edits import Edits
from posts.imaging.presets import PRESETS, presets_json
from posts.imaging.specs import CROPPED
from posts.models import Photo, Post, Rendition
from posts.pipeline import placement, renditions
from tests import making
from tests.conftest import Commit
from tests.making import MakePost, MakeUpload

SignIn = Callable[[User | None], Client]
JSON = {"Accept": "application/json"}
TURNED = {"rotate": 90, "warmth": 20}


@pytest.fixture
def photo(owner: User, make_post: MakePost) -> Photo:
    """The photo of a public post of the owner."""
    return make_post(owner).photos.get()


def address(photo: Photo, what: str = "edits") -> str:
    return f"/photos/{photo.code}/{what}"


def send(browser: Client, photo: Photo, edits: Any) -> Any:
    body = json.dumps({"edits": edits})
    return browser.post(address(photo), body, content_type="application/json", headers=JSON)


def size_of(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def largest() -> Rendition:
    """The largest rendition that shows all of the photo."""
    return [e for e in Photo.objects.get().current_renditions if e.spec not in CROPPED][-1]


def renders(queued: list[Any]) -> list[int]:
    """The photos whose rendering the callbacks of a commit queued."""
    cells = [[cell.cell_contents for cell in each.__closure__ or ()] for each in queued]
    return [
        ids[0] for each in cells for ids in each if tasks.render in each and ids != tasks.render
    ]


def stand(photo: Photo) -> tuple[Any, int, str]:
    found = Photo.objects.get(pk=photo.pk)
    return found.edits, found.edits_version, found.state


def test_edits_are_kept_and_queued(
    owner: User, as_person: SignIn, photo: Photo, commit: Commit
) -> None:
    version = Post.objects.get().version
    Photo.objects.update(attempts=3)
    with commit() as queued:
        answer = send(as_person(owner), photo, TURNED)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["edits"], told["edits_version"], told["state"]) == (TURNED, 1, "pending")
    assert stand(photo) == (TURNED, 1, "pending")
    assert Photo.objects.get().attempts == 0
    assert Post.objects.get().version > version
    assert renders(queued) == [photo.pk]


def test_the_same_edits_change_nothing(owner: User, photo: Photo, commit: Commit) -> None:
    edits = Edits.from_json(TURNED)
    with commit() as queued:
        assert photo_changes.change_edits(photo, edits)
        assert not photo_changes.change_edits(photo, edits)
        assert not photo_changes.change_edits(photo, Edits.from_json({**TURNED, "flip": False}))
    assert stand(photo)[1] == 1
    assert renders(queued) == [photo.pk]


@pytest.mark.pipeline
def test_they_are_rendered_and_taken_off(
    owner: User, photo: Photo, commit: Commit, as_person: SignIn
) -> None:
    before = largest()
    assert before.width > before.height
    with commit():
        photo_changes.change_edits(photo, Edits.from_json(TURNED))
    assert largest().key == before.key
    renditions.render(photo.pk)
    placement.place_post(Post.objects.get().pk)
    turned = largest()
    assert (turned.width, turned.height) == (before.height, before.width)
    assert Post.objects.get().cover["height"] > Post.objects.get().cover["width"]
    with commit():
        photo_changes.change_edits(photo, Edits())
    renditions.render(photo.pk)
    again = largest()
    assert (again.width, again.height) == (before.width, before.height)
    assert set(Rendition.objects.values_list("edits_version", flat=True)) == {2}


@pytest.mark.parametrize("others", ["friend", "stranger", "moderator"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
def test_nobody_elses(
    others: str, method: str, photo: Photo, as_person: SignIn, request: pytest.FixtureRequest
) -> None:
    browser = as_person(request.getfixturevalue(others))
    for what in ("edit/", "edits", "shown", "preview"):
        answer = browser.generic(method, address(photo, what))
        nothing = browser.generic(method, f"/photos/{encode(photo.pk + 1)}/{what}")
        assert answer.status_code == nothing.status_code
        assert answer.status_code in (404, 405)
        assert answer.content == nothing.content
    assert stand(photo) == ({}, 0, "ready")


def test_the_allowed_methods_of_strangers_find_nothing(
    photo: Photo, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(stranger)
    assert browser.get(address(photo, "edit/")).status_code == 404
    assert browser.get(address(photo, "preview")).status_code == 404
    assert send(browser, photo, TURNED).status_code == 404
    assert browser.post(address(photo, "shown"), {"shown": "camera"}).status_code == 404
    assert (stand(photo), Photo.objects.get().shown) == (({}, 0, "ready"), [])


def test_visitors_sign_in_first(photo: Photo) -> None:
    browser = Client()
    assert send(browser, photo, TURNED).status_code == 401
    for what in ("edit/", "preview"):
        assert browser.get(address(photo, what)).status_code == 302
    for what in ("edits", "shown"):
        assert browser.post(address(photo, what)).status_code == 302
        assert browser.post(address(photo, what), headers=JSON).status_code == 401
    assert stand(photo) == ({}, 0, "ready")


def test_of_a_deleted_post_nothing_is_left(
    owner: User, as_person: SignIn, photo: Photo, commit: Commit
) -> None:
    Post.objects.update(state="deleted")
    assert as_person(owner).get(address(photo, "edit/")).status_code == 404
    assert send(as_person(owner), photo, TURNED).status_code == 404


@pytest.mark.parametrize(
    ("edits", "named"),
    [
        (None, "read these edits"),
        ([1], "read these edits"),
        ({"sepia": 3}, "“sepia”"),
        ({"rotate": 45}, "Rotate"),
        ({"rotate": "90"}, "Rotate"),
        ({"flip": 1}, "Mirrored"),
        ({"straighten": 16}, "Straighten"),
        ({"brightness": 101}, "Brightness"),
        ({"warmth": True}, "Warmth"),
        ({"filter": "none such"}, "Filter"),
        ({"filter": "mono", "intensity": 0}, "Intensity"),
        ({"crop": [0, 0, 1]}, "crop"),
        ({"crop": [0.5, 0, 0.6, 1]}, "crop"),
        ({"crop": [0, 0, 0.01, 1]}, "crop"),
        ({"focal": [0.5, 1.1]}, "focal point"),
    ],
)
def test_refused(edits: Any, named: str, owner: User, as_person: SignIn, photo: Photo) -> None:
    answer = send(as_person(owner), photo, edits)
    assert (answer.status_code, answer.json()["code"]) == (422, "edits")
    assert named in answer.json()["error"]
    assert answer.json()["error"].endswith(".")
    assert stand(photo) == ({}, 0, "ready")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"edits": NaN}'])
def test_no_json(body: bytes, owner: User, as_person: SignIn, photo: Photo) -> None:
    browser = as_person(owner)
    answer = browser.post(address(photo), body, content_type="application/json", headers=JSON)
    assert answer.status_code == 422
    assert stand(photo) == ({}, 0, "ready")


def test_the_plain_form(owner: User, as_person: SignIn, photo: Photo, commit: Commit) -> None:
    edits = {
        "rotate": 270,
        "flip": True,
        "straighten": -3.5,
        "crop": [0.1234, 0.0, 0.5, 0.8766],
        "contrast": -20,
        "filter": "dune",
        "intensity": 60,
        "focal": [0.25, 0.7501],
    }
    Photo.objects.update(edits=edits)
    browser = as_person(owner)
    page = browser.get(address(photo, "edit/"), {"next": "/new/?draft=1"})
    form = page.context["form"]
    fields = {name: value for name, value in form.initial.items() if value is not False}
    with commit():
        answer = browser.post(address(photo), {**fields, "warmth": "5", "next": "/new/?draft=1"})
    assert (answer.status_code, answer["Location"]) == (303, "/new/?draft=1")
    assert stand(photo)[0] == {**edits, "warmth": 5}


def test_a_form_of_defaults_takes_all_edits_off(
    owner: User, as_person: SignIn, photo: Photo, commit: Commit
) -> None:
    Photo.objects.update(edits=TURNED)
    answer = as_person(owner).post(address(photo))
    assert answer.status_code == 422
    assert stand(photo)[:2] == (TURNED, 0)
    with commit():
        answer = as_person(owner).post(address(photo), {"rotate": "0"})
    assert photo.post is not None
    assert (answer.status_code, answer["Location"]) == (303, photo.post.get_absolute_url())
    assert stand(photo)[:2] == ({}, 1)


def test_a_wrong_form_comes_back(owner: User, as_person: SignIn, photo: Photo) -> None:
    browser = as_person(owner)
    answer = browser.post(address(photo), {"brightness": "900", "contrast": "7"})
    assert answer.status_code == 422
    assert 'value="7"' in answer.content.decode()
    answer = browser.post(address(photo), {"crop_left": "80", "crop_width": "80"})
    assert "too small or goes outside the photo" in answer.content.decode()
    answer = browser.post(address(photo), {"brightness": "900"}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Brightness")
    assert stand(photo) == ({}, 0, "ready")


@pytest.mark.parametrize(
    "given", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:1", "\\\\x", "new"]
)
def test_only_our_own_paths_follow(
    given: str, owner: User, as_person: SignIn, photo: Photo
) -> None:
    answer = as_person(owner).post(address(photo), {"rotate": "0", "next": given})
    assert answer["Location"] == f"/p/{photo.post.code}/"  # type: ignore[union-attr]
    page = as_person(owner).get(address(photo, "edit/"), {"next": given}).content.decode()
    assert "elsewhere" not in page
    assert f'href="/p/{photo.post.code}/"' in page  # type: ignore[union-attr]


def test_every_method_has_its_place(owner: User, as_person: SignIn, photo: Photo) -> None:
    browser = as_person(owner)
    assert browser.get(address(photo)).status_code == 405
    assert browser.get(address(photo, "shown")).status_code == 405
    assert browser.post(address(photo, "edit/")).status_code == 405
    assert browser.post(address(photo, "preview")).status_code == 405


@pytest.mark.pipeline
def test_the_preview_is_without_edits(
    owner: User, as_person: SignIn, photo: Photo, commit: Commit
) -> None:
    browser = as_person(owner)

    def preview() -> bytes:
        answer = browser.get(address(photo, "preview"))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert answer["Cache-Control"] == "private, no-store"
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    size = size_of(preview())
    for edits in (TURNED, {"rotate": 180}, {}):
        with commit():
            photo_changes.change_edits(photo, Edits.from_json(edits))
        if edits != {"rotate": 180}:
            assert size_of(preview()) == size
        renditions.render(photo.pk)
        assert size_of(preview()) == size


@pytest.mark.pipeline
def test_a_photo_that_is_not_ready(owner: User, as_person: SignIn, make_upload: MakeUpload) -> None:
    upload = make_upload(owner)
    browser = as_person(owner)
    page = browser.get(f"/photos/{upload.photo.code}/edit/")
    assert page.status_code == 200
    assert 'data-preview=""' in page.content.decode()
    assert browser.get(f"/photos/{upload.photo.code}/preview").status_code == 404
    assert send(browser, upload.photo, TURNED).status_code == 200
    photo = making.make_ready(upload)
    assert (photo.state, photo.edits_version) == ("ready", 1)
    assert largest().width < largest().height


@pytest.mark.pipeline
def test_edits_while_it_is_being_rendered(
    photo: Photo, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with commit():
        photo_changes.change_edits(photo, Edits.from_json({"rotate": 180}))
    keep = renditions._keep
    calls: list[dict[str, Any]] = []

    def changed_meanwhile(held: Photo, made: dict[str, Any]) -> None:
        if not calls:
            calls.append(made)
            photo_changes.change_edits(held, Edits.from_json(TURNED))
        keep(held, made)

    monkeypatch.setattr(renditions, "_keep", changed_meanwhile)
    with commit():
        renditions.render(photo.pk)
    # The first worker's claim is void; what it had made is no rendition of the photo.
    assert stand(photo) == (TURNED, 2, "pending")
    assert not Rendition.objects.filter(edits_version=1).exists()
    renditions.render(photo.pk)
    assert stand(photo) == (TURNED, 2, "ready")
    assert {each.edits_version for each in Rendition.objects.all()} == {2}


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once(owner: User, make_upload: MakeUpload) -> None:
    # All of them looked at the photo before any of them saved.
    photo = make_upload(owner).photo
    chosen = [{"warmth": number} for number in range(1, 7)]
    saved = []

    def tab(edits: dict[str, int]) -> None:
        with making.own_connection():
            saved.append(photo_changes.change_edits(photo, Edits.from_json(edits)))

    tabs = [threading.Thread(target=tab, args=(edits,)) for edits in chosen]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert saved == [True] * 6
    edits, version, _state = stand(photo)
    assert edits in chosen
    assert version == 6


def test_details_are_shown(owner: User, as_person: SignIn, photo: Photo) -> None:
    browser = as_person(owner)
    version = Post.objects.get().version
    Photo.objects.update(metadata={"camera": "Maker One", "lens": "50 mm"})
    answer = browser.post(address(photo, "shown"), {"shown": ["lens", "camera"]}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["shown"] == ["camera", "lens"]
    assert Post.objects.get().version == version + 1
    answer = browser.post(address(photo, "shown"), {"shown": ["place"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "shown")
    assert Photo.objects.get().shown == ["camera", "lens"]
    answer = browser.post(address(photo, "shown"), {"next": "/new/"})
    assert (answer.status_code, answer["Location"]) == (303, "/new/")
    assert Photo.objects.get().shown == []


def test_the_page_offers_every_filter(owner: User, as_person: SignIn, photo: Photo) -> None:
    page = as_person(owner).get(address(photo, "edit/")).content.decode()
    found = re.search(r'id="editor-presets"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found.group(1)) == json.loads(json.dumps(presets_json()))
    for name in ("", *PRESETS):
        assert f'name="filter" value="{name}"' in page
