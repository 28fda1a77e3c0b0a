"""What tests are made of: real picture files, uploads and posts, by the site's own functions."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.core.files.storage import storages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connections
from PIL import Image

from accounts.models import User
from posts.authoring.contents import NewPhoto
from posts.authoring.publishing import create_post
from posts.models import Photo, Post, Upload
from posts.pipeline import placement, renditions
from posts.uploading import uploads

SMALL = (64, 48)
# The cover of a post whose pictures no test asks for.
COVER = {
    "width": 64,
    "height": 48,
    "alt": "a photo",
    "thumbhash": "",
    "sources": [["public/aaaaaaaaaaaaaaaaaaaaaa.webp", 64]],
}
# A value of its own for each of the metadata formats, to be looked for in every rendition.
CANARY = "canary-51.4778-0.0015"


class MakePicture(Protocol):
    """Writes a picture file and returns its path."""

    def __call__(
        self,
        format: str = "JPEG",
        size: tuple[int, int] = SMALL,
        *,
        mode: str = "RGB",
        exif: Image.Exif | None = None,
        **options: Any,
    ) -> Path: ...


class MakeUpload(Protocol):
    """Receives a file for a person, as the views do."""

    def __call__(
        self, owner: User, path: Path | None = None, *, key: str | None = None, name: str = "a.jpg"
    ) -> Upload: ...


class MakePost(Protocol):
    """Makes a post by uploads, renditions and publishing, in this process and the real child."""

    def __call__(
        self,
        author: User,
        photos: int = 1,
        *,
        audience: str = "public",
        ready: bool = True,
        title: str = "",
        caption: str = "",
    ) -> Post: ...


def picture(
    format: str = "JPEG",
    size: tuple[int, int] = SMALL,
    *,
    mode: str = "RGB",
    exif: Image.Exif | None = None,
    **options: Any,
) -> bytes:
    """The bytes of a picture with a gradient, so that no two sizes or crops look the same."""
    width, height = size
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((200, 40, 40), (0, 0, max(1, width // 4), max(1, height // 4)))
    if exif is not None:
        options["exif"] = exif
    file = io.BytesIO()
    image.convert(mode).save(file, format, **options)
    return file.getvalue()


def received(content: bytes, name: str = "a.jpg") -> TemporaryUploadedFile:
    """A file as the upload handler leaves it: on disk, below the site's own folder."""
    file = TemporaryUploadedFile(name, "application/octet-stream", len(content), None)
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def make_ready(upload: Upload) -> Photo:
    """Render an upload's photo here and now; the photo as it stands afterwards."""
    renditions.render(upload.photo_id)
    return Photo.objects.get(pk=upload.photo_id)


def published_post(
    author: User,
    contents: list[bytes],
    commit: Callable[[], Any],
    *,
    audience: str,
    ready: bool,
    title: str,
    caption: str,
) -> Post:
    """A post by the way every post takes; its renditions lie where they should."""
    with commit():
        taken = [uploads.receive(owner=author, file=received(content))[0] for content in contents]
        if ready:
            for upload in taken:
                renditions.render(upload.photo_id)
        post = create_post(
            author=author,
            photos=[
                NewPhoto(upload.pk, f"photo {number}") for number, upload in enumerate(taken, 1)
            ],
            title=title,
            caption=caption,
            audience=audience,
        )
    if ready:
        placement.place_post(post.pk)
    post.refresh_from_db()
    return post


def sha256(content: bytes) -> str:
    """The hex digest by which originals are compared."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def own_connection() -> Iterator[None]:
    """For the body of a thread: its database connection is closed at the end."""
    try:
        yield
    finally:
        connections.close_all()


def storm(work: Callable[[int], object], threads: int = 50) -> list[Exception]:
    """Run `work` in threads that start together, each with its number; what went wrong.

    Fails when one of them waits for ever.
    """
    start, errors = threading.Barrier(threads), list[Exception]()

    def run(number: int) -> None:
        with own_connection():
            start.wait()
            try:
                work(number)
            except Exception as error:  # noqa: BLE001  (any is a failure of the test)
                errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in running), "somebody waits for ever"
    return errors


def storage_class() -> Any:
    """The class of the storage in use, whose methods a test may wrap."""
    return type(storages["default"])


def storage_away(here: dict[str, Any]) -> dict[str, Any]:
    """`STORAGES` with a store at whose address nobody answers."""
    options = {"bucket_name": "b", "access_key": "k", "secret_key": "s"}
    options["endpoint_url"] = "http://127.0.0.1:1"
    return {**here, "default": {"BACKEND": "notes_site.storage.S3Media", "OPTIONS": options}}


def storage_on_disk(here: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`STORAGES` with files below a folder, whichever stack the tests run on."""
    if not folder.exists():
        folder.mkdir()
    options = {"location": folder}
    return {**here, "default": {"BACKEND": "notes_site.storage.FileMedia", "OPTIONS": options}}
