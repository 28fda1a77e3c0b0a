"""People's pictures: an upload whose square rendition becomes the avatar."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notes_site.ids import random_key
from notes_site.storage import PUBLIC, media
from posts.models import Photo, Upload
from posts.pipeline import erase


def use_if_ready(photo_id: int) -> None:
    """Make a ready avatar upload its owner's picture; nothing for any other photo."""
    upload = (
        Upload.objects.select_related("photo")
        .filter(
            photo=photo_id,
            purpose=Upload.Purpose.AVATAR,
            used_at=None,
            photo__state=Photo.State.READY,
            photo__held_at=None,
        )
        .first()
    )
    if upload is None:
        return
    square = upload.photo.renditions.filter(spec="square320").first()
    if square is None:
        return
    # Under a key of its own, since the photo and its renditions are erased right after.
    key = f"{PUBLIC}{random_key()}.webp"
    media().copy(square.key, key)
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=upload.owner_id)
        # Held meanwhile, or the other worker was faster: then it is not ours to use.
        mine = Upload.objects.filter(pk=upload.pk, used_at=None, photo__held_at=None)
        if mine.update(used_at=timezone.now()):
            replace(owner, key)
            erase.erase_photo(upload.photo)
        else:
            erase.request([key], owner_id=owner.pk, post_id=None)


@transaction.atomic
def replace(owner: User, key: str) -> None:
    """Switch a person's picture to another key ('' for none) and erase the one before."""
    before = User.objects.select_for_update().get(pk=owner.pk).avatar_key
    User.objects.filter(pk=owner.pk).update(avatar_key=key)
    # Every card of theirs shows the picture.
    owner.posts.bump()
    if before:
        erase.request([before], owner_id=owner.pk, post_id=None)


def waiting() -> list[int]:
    """The photos that are ready to become somebody's picture and have not."""
    found = Upload.objects.filter(
        purpose=Upload.Purpose.AVATAR,
        used_at=None,
        photo__state=Photo.State.READY,
        photo__held_at=None,
    )
    return list(found.values_list("photo", flat=True)[:100])
