"""Loading the demo community, step by step; each step may die and be run again.

people     the accounts, without a password yet, and who follows whom
upload     every picture through the door that browsers use, then the posts made of them
render     the pictures to ready, two at a time, beside whatever worker is running
place      what is public to where the public fetches it
settle     in one transaction: likes, comments, collections, their times, and the passwords
rescore    the stream in its order

The passwords come last, so a demo that can be signed in to is a whole one, and is left alone.
"""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from demo import people
from demo.community import Community, DemoPost
from demo.progress import Progress
from feed import scoring
from posts import likes
from posts.authoring import publishing
from posts.authoring.contents import NewPhoto
from posts.collecting import collections
from posts.commenting import comments
from posts.models import Comment, Like, Photo, Post, PostTopic, Upload
from posts.pipeline import avatars, erase, placement, renditions, settle
from posts.uploading import uploads

# As many as one process may decode at a time (posts/imaging/sandbox.py).
AT_ONCE = 2
# A worker that was killed with a photo in hand frees it when its lease has run out.
PATIENCE = timedelta(seconds=90)
# Longer ago than the oldest post.
MEMBERS_FOR = timedelta(days=40)
LIKED_WITHIN = timedelta(hours=20)

Step = Callable[[Community, Progress], None]


class UnfinishedError(Exception):
    """Some photos did not become ready; loading again goes on from there."""


def load(community: Community, progress: Progress) -> None:
    """Load what is missing; raises people.NameTakenError or UnfinishedError."""
    for step in STEPS:
        step(community, progress)


def picture_count(community: Community) -> int:
    """How many pictures loading makes ready: the photos of posts and one a person."""
    return community.photo_count + len(community.people)


def submission_key(post: DemoPost) -> str:
    """The key by which a post of the demo is found again."""
    return f"demo-{post.key}"


def posts_of(community: Community) -> dict[str, Post]:
    """The demo's posts that are here, by the demo's key."""
    authors = people.users_of(community)
    keys = {submission_key(post): post.key for post in community.posts}
    found = Post.objects.filter(author__in=authors, submission_key__in=keys)
    return {keys[post.submission_key]: post for post in found if post.submission_key}


def _people(community: Community, _progress: Progress) -> None:
    people.make_people(community)


def _upload(community: Community, _progress: Progress) -> None:
    users = {user.username: user for user in people.users_of(community)}
    for person in community.people:
        user = users[person.username]
        if not user.avatar_key:
            _receive(user, person.avatar, "demo-avatar", Upload.Purpose.AVATAR)
    here = posts_of(community)
    for post in community.posts:
        if post.key not in here:
            publish_post(users[post.author], post)


def publish_post(author: User, post: DemoPost) -> Post:
    """Upload a demo post's photos and make the post, as the composer does."""
    photos = [
        NewPhoto(
            upload_id=_receive(author, photo.file, f"{submission_key(post)}-{photo.file.name}").pk,
            alt_text=photo.alt_text,
        )
        for photo in post.photos
    ]
    return publishing.create_post(
        author=author,
        photos=photos,
        title=post.title,
        caption=post.caption,
        audience=post.audience,
        submission_key=submission_key(post),
    )


def _receive(
    owner: User, path: Path, key: str, purpose: Upload.Purpose = Upload.Purpose.POST
) -> Upload:
    """Take a picture as if a browser had sent it: as a temporary file of its own."""
    size = path.stat().st_size
    with TemporaryUploadedFile(path.name, "image/jpeg", size, None) as file:
        shutil.copyfile(path, file.temporary_file_path())
        upload, _new = uploads.receive(owner=owner, file=file, idempotency_key=key, purpose=purpose)
    return upload


def _render(community: Community, progress: Progress) -> None:
    """Until all are ready: render what is free, and wait for what a worker has in hand."""
    total = picture_count(community)
    progress.show(0)
    progress_at = time.monotonic()
    left = _unfinished(community)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while left:
            for _done in pool.map(_render_one, left):
                progress.show(total - len(_unfinished(community)))
            before, left = left, _unfinished(community)
            if left != before:
                progress_at = time.monotonic()
            elif time.monotonic() - progress_at > PATIENCE.total_seconds():
                break
            else:
                time.sleep(0.5)
    failed = Photo.objects.filter(owner__in=people.users_of(community), state=Photo.State.FAILED)
    if left or failed.exists():
        raise UnfinishedError(f"{len(left) + failed.count()} of {total} photos are not ready.")
    progress.show(total)


def _unfinished(community: Community) -> list[int]:
    waiting = Photo.objects.filter(
        owner__in=people.users_of(community),
        state__in=[Photo.State.PENDING, Photo.State.WORKING],
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _render_one(photo_id: int) -> None:
    try:
        renditions.render(photo_id)
    except renditions.TryAgainError:
        # Storage or the child went away for a moment: the next round takes it up again.
        time.sleep(1)
    finally:
        # Every thread has its own connection, and nothing else would close it.
        connection.close()


def _place(community: Community, _progress: Progress) -> None:
    for post in posts_of(community).values():
        settle.publish_if_ready(post.pk)
        placement.place_post(post.pk)
    for photo_id in avatars.waiting():
        avatars.use_if_ready(photo_id)
    erase.erase_due()


@transaction.atomic
def _settle(community: Community, _progress: Progress) -> None:
    users = {user.username: user for user in people.users_of(community)}
    here = posts_of(community)
    now = timezone.now()
    for post in community.posts:
        if post.key in here:
            _backdate(here[post.key], now - post.age)
            _like(here[post.key], post, now - post.age, users)
            _comment(here[post.key], post, now - post.age, users)
    _collect(community, users, here)
    people.users_of(community).update(date_joined=now - MEMBERS_FOR)
    people.set_passwords(community)


def _backdate(row: Post, published_at: datetime) -> None:
    Post.objects.filter(pk=row.pk).bump(published_at=published_at, created_at=published_at)
    PostTopic.objects.filter(post=row).update(published_at=published_at)


def _like(row: Post, post: DemoPost, published_at: datetime, users: dict[str, User]) -> None:
    """The likes, spread evenly over the first hours of the post."""
    gap = min(post.age, LIKED_WITHIN) / (len(post.likes) + 1)
    for number, name in enumerate(post.likes, start=1):
        likes.like(user=users[name], post=row)
        Like.objects.filter(user=users[name], post=row).update(
            created_at=published_at + number * gap
        )


def _comment(row: Post, post: DemoPost, published_at: datetime, users: dict[str, User]) -> None:
    thread = None
    for comment in post.comments:
        written = comments.write(
            author=users[comment.author],
            post=row,
            text=comment.text,
            parent=thread if comment.answers else None,
        )
        thread = thread if comment.answers else written
        Comment.objects.filter(pk=written.pk).update(created_at=published_at + comment.after)
        for name in comment.likes:
            comments.like(user=users[name], comment=written)


def _collect(community: Community, users: dict[str, User], here: dict[str, Post]) -> None:
    for one in community.collections:
        shelf = collections.create(
            owner=users[one.owner], name=one.name, description=one.description, is_public=True
        )
        # `add` puts each post first.
        for key in reversed(one.posts):
            if key in here:
                collections.add(collection=shelf, post=here[key])


def _rescore(_community: Community, _progress: Progress) -> None:
    scoring.rescore(force=True)


STEPS: tuple[Step, ...] = (_people, _upload, _render, _place, _settle, _rescore)
