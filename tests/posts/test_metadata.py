"""Nothing of what a file tells survives: not where, not when, not with what."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from PIL import Image

from accounts.models import User
from notes_site.storage import media
from posts.authoring import photo_changes
from posts.authoring.contents import NewPhoto
from posts.authoring.publishing import create_post
from posts.imaging.edits import Edits
from posts.imaging.specs import PLAIN
from posts.models import Photo, Post
from posts.pipeline import placement, renditions
from tests import carrying, making
from tests.carrying import CANARY_BYTES, Entries, segment, tiff
from tests.making import CANARY, MakeUpload

pytestmark = pytest.mark.pipeline

# What a decoder leaves in `info` of a picture that says nothing.
BARE = {
    "loop", "background", "timestamp", "duration", "jfif", "jfif_version", "jfif_unit",
    "jfif_density", "progressive", "progression",
}  # fmt: skip
TRACES = (
    b"Exif", b"GPS", b"xmp", b"xap", b"8BIM", b"Photoshop", b"ICC_PROFILE", b"ICCP", b"XMP ",
    b"MPF\0", b"hdrgm", b"ftyp", b"2026:01:02",
)  # fmt: skip
# The same words in two encodings, and the place as degrees, as fractions and as a page says it.
SECRETS = (
    b"canary", CANARY.encode("utf-16-le")[:20], CANARY.encode("utf-16-be")[:20],
    b"51.477", b"0.00138", b"51\xc2\xb0", b"2026-01-02",
    b"".join(part.to_bytes(4, "big") for part in (51, 1, 28, 1, 40, 1)),
)  # fmt: skip
SignIn = Callable[[User | None], Client]


def stored(key: str) -> bytes:
    with media().open(key) as file:
        return bytes(file.read())


def assert_bare(content: bytes) -> None:
    """A stored picture says nothing but its pixels."""
    for secret in (*SECRETS, *TRACES):
        assert secret not in content, secret
    image = Image.open(io.BytesIO(content))
    assert not image.getexif()
    assert set(image.info) <= BARE
    ending = {"JPEG": b"\xff\xd9", "WEBP": content[-2:]}[str(image.format)]
    assert content.endswith(ending)
    if image.format == "WEBP":
        # What follows would lie outside the size that the file states.
        assert len(content) == int.from_bytes(content[4:8], "little") + 8


@pytest.fixture
def post(owner: User, make_upload: MakeUpload, commit: Any, tmp_path: Path) -> Post:
    """A public post with a file of each kind; one of its photos is edited."""
    uploads = []
    for kind, make in carrying.FILES.items():
        path = tmp_path / f"telling.{kind}"
        path.write_bytes(make())
        uploads.append(make_upload(owner, path, name=f"{CANARY}.{kind}"))
    photo_changes.change_edits(uploads[0].photo, Edits.from_json({"rotate": 90}))
    for upload in uploads:
        assert making.make_ready(upload).state == "ready"
    with commit():
        post = create_post(
            author=owner,
            photos=[NewPhoto(upload.pk, "a photo") for upload in uploads],
            title="Told by nobody",
            caption="",
            audience="public",
        )
    placement.place_post(post.pk)
    return Post.objects.get(pk=post.pk)


def test_no_rendition_holds_what_the_file_told(post: Post) -> None:
    specs = set()
    for photo, (kind, make) in zip(post.photos.order_by("pk"), carrying.FILES.items(), strict=True):
        original = make()
        assert CANARY_BYTES in original
        assert stored(photo.original_key) == original
        assert photo.sha256 == making.sha256(original)
        assert photo.original_key.startswith("private/originals/")
        assert "xmp" in photo.metadata["carries"], kind
        for rendition in photo.renditions.all():
            specs.add(rendition.spec)
            assert_bare(stored(rendition.key))
    assert {PLAIN, "square320", "wide1200", "w320"} <= specs


def pages(post: Post) -> Iterator[str]:
    """Every address of the site that takes no argument, or one that names something of the post."""
    photo = post.photos.order_by("pk")[0]
    values = {
        "post_id": post.code,
        "photo_id": photo.code,
        "upload_id": photo.upload.code,
        "username": post.author.username,
        "name": photo.renditions.get(spec="w320").key.rpartition("/")[2],
    }
    for space in ("posts", "feed", "accounts"):
        _prefix, resolver = get_resolver().namespace_dict[space]
        for name in resolver.reverse_dict:
            for given in ({}, *({word: value} for word, value in values.items())):
                if not isinstance(name, str):
                    continue
                try:
                    yield reverse(f"{space}:{name}", kwargs=given)
                except NoReverseMatch:
                    # Most views don't take most of the words.
                    continue


@pytest.mark.usefixtures("on_files")
def test_no_page_and_no_json_tells_others(
    post: Post, friend: User, stranger: User, as_person: SignIn
) -> None:
    addresses = set(pages(post))
    assert len(addresses) >= 25
    seen = set()
    for person in (None, stranger, friend):
        browser = as_person(person)
        for address in addresses:
            for accept in ("text/html", "application/json"):
                answer: Any = browser.get(address, headers={"Accept": accept})
                streamed = b"".join(answer.streaming_content) if answer.streaming else b""
                content = streamed or answer.content
                head = repr(sorted(answer.headers.items())).encode()
                for secret in SECRETS:
                    assert secret not in content + head, (person, address, secret)
                if answer.status_code == 200:
                    seen.add(address)
    post_page = reverse("posts:post", args=[post.code])
    profile = reverse("posts:profile", args=["owner"])
    assert {"/", post_page, profile, f"{post_page}history/"} <= seen


def test_the_owner_alone_reads_it(post: Post, stranger: User, as_person: SignIn) -> None:
    photo = post.photos.order_by("pk")[0]
    for name in ("receipt", "photo_edit"):
        address = reverse(f"posts:{name}", args=[photo.code])
        assert as_person(stranger).get(address).status_code == 404
    said = as_person(post.author).get(reverse("posts:upload", args=[photo.upload.code])).json()
    assert said["metadata"]["place"] == pytest.approx(carrying.PLACE, abs=1e-6)


@pytest.mark.usefixtures("on_files")
def test_what_is_ticked_is_shown_and_nothing_else(
    owner: User, make_upload: MakeUpload, commit: Any, as_person: SignIn, tmp_path: Path
) -> None:
    still = making.picture()
    words = {0x010F: "Maker", 0x0110: "Seven", 0x0131: CANARY, 0x013B: CANARY}
    camera: Entries = {0x8827: 12_345, 0x9003: "2026:01:02 03:04:05", 0xA434: CANARY}
    block = segment(0xE1, b"Exif\0\0" + tiff(words, camera, carrying.GREENWICH))
    path = tmp_path / "ticked.jpg"
    path.write_bytes(still[:2] + block + still[2:])
    upload = make_upload(owner, path)
    photo_changes.change_shown(upload.photo, ["camera"])
    renditions.render(upload.photo_id)
    with commit():
        post = create_post(
            author=owner, photos=[NewPhoto(upload.pk, "")], title="", caption="", audience="public"
        )
    assert Photo.objects.get(pk=upload.photo_id).shown == ["camera"]
    page = as_person(None).get(reverse("posts:post", args=[post.code])).content
    assert b"Maker Seven" in page
    for secret in (*SECRETS, b"12345", b"12,345"):
        assert secret not in page, secret
