"""A person's posts, photos, comments, likes and collections, as they stand in their download."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.models import User
from leaving.rows import AT_ONCE, Row, iso_time
from notes_site.ids import encode
from posts.models import (
    Collection,
    CollectionItem,
    Comment,
    CommentLike,
    Like,
    Photo,
    Post,
    Revision,
    Save,
    Upload,
)

ENDINGS = {"jpeg": "jpg", "heif": "heic"}


def file_of(photo: Photo) -> str:
    """Where a photo's original stands in the archive."""
    ending = ENDINGS.get(photo.format.lower(), photo.format.lower())
    if photo.post_id is None:
        return f"uploads/{photo.code}.{ending}"
    return f"originals/{encode(photo.post_id)}/{photo.position + 1}-{photo.code}.{ending}"


def posts(person: User) -> Iterator[Row]:
    """Posts in every state but deleted, oldest first."""
    found = Post.objects.filter(author=person).exclude(state=Post.State.DELETED)
    whole = found.select_related("people_list").prefetch_related("photos", "topics", "revisions")
    for post in whole.order_by("pk").iterator(chunk_size=AT_ONCE):
        yield {
            "post": post.code,
            "state": post.state,
            "title": post.title,
            "caption": post.caption,
            "topics": [topic.name for topic in post.topics.all()],
            "mentions": post.mentions,
            "audience": post.audience,
            "list": post.people_list.name if post.people_list else None,
            "comments_by": post.comments_by,
            "hides_like_count": post.hides_like_count,
            "licence": post.licence,
            "made_with_ai": post.made_with_ai,
            "is_paid": post.is_paid,
            "created_at": iso_time(post.created_at),
            "published_at": iso_time(post.published_at),
            "publish_at": iso_time(post.publish_at),
            "edited_at": iso_time(post.edited_at),
            "pinned_at": iso_time(post.pinned_at),
            "hidden_at": iso_time(post.hidden_at),
            "hidden_reason": post.hidden_reason,
            "likes": post.like_count,
            "comments": post.comment_count,
            "photos": [_photo(photo) for photo in post.photos.all()],
            "history": [_version(each) for each in post.revisions.all()],
        }


def uploads(person: User) -> Iterator[Row]:
    """Photos that are in no post, oldest first."""
    found = Upload.objects.filter(owner=person, photo__post=None).select_related("photo")
    for upload in found.order_by("pk").iterator():
        yield {
            "name": upload.name,
            "purpose": upload.purpose,
            "created_at": iso_time(upload.created_at),
            **_photo(upload.photo),
        }


def comments(person: User) -> Iterator[Row]:
    """What the person wrote under posts, oldest first."""
    mine = Comment.objects.filter(author=person).select_related("post__author")
    comment: Any
    for comment in mine.annotate(seen=seen(person, "post")).order_by("pk").iterator():
        yield {
            "comment": comment.code,
            **_post(comment.post, comment.seen),
            "answer_to": encode(comment.parent_id) if comment.parent_id else None,
            "text": comment.text,
            "mentions": comment.mentions,
            "created_at": iso_time(comment.created_at),
            "edited_at": iso_time(comment.edited_at),
            "pinned_at": iso_time(comment.pinned_at),
            "held": comment.held,
            "hidden_at": iso_time(comment.hidden_at),
            "hidden_reason": comment.hidden_reason,
            "likes": comment.like_count,
        }


def likes(person: User) -> Iterator[Row]:
    """The posts the person likes."""
    for like in _kept(Like, person):
        yield {**_post(like.post, like.seen), "created_at": iso_time(like.created_at)}


def saves(person: User) -> Iterator[Row]:
    """The posts the person saved."""
    for save in _kept(Save, person):
        yield {**_post(save.post, save.seen), "created_at": iso_time(save.created_at)}


def comment_likes(person: User) -> Iterator[Row]:
    """The comments the person likes."""
    mine = CommentLike.objects.filter(user=person).select_related("comment__post__author")
    for like in mine.annotate(seen=seen(person, "comment__post")).order_by("pk").iterator():
        yield {
            "comment": like.comment.code if like.seen else None,
            **_post(like.comment.post, like.seen),
            "created_at": iso_time(like.created_at),
        }


def collections(person: User) -> Iterator[Row]:
    """The person's collections with their posts, in their order."""
    for collection in Collection.objects.filter(owner=person).order_by("pk").iterator():
        items = CollectionItem.objects.filter(collection=collection)
        items = items.annotate(seen=seen(person, "post")).select_related("post__author")
        yield {
            "collection": collection.code,
            "name": collection.name,
            "description": collection.description,
            "is_public": collection.is_public,
            "created_at": iso_time(collection.created_at),
            "posts": [
                {**_post(item.post, item.seen), "added_at": iso_time(item.added_at)}
                for item in items.order_by("-position", "-pk")
            ],
        }


def deletions(person: User) -> Iterator[Row]:
    """The posts the person deleted: only when that was is still known."""
    found = Post.objects.filter(author=person, state=Post.State.DELETED)
    for post in found.order_by("pk").iterator():
        yield {"post": post.code, "deleted_at": iso_time(post.deleted_at)}


def seen(person: User, post: str) -> Exists:
    """Whether the person may see the post that a column names, as things are now."""
    return Exists(Post.objects.visible_to(person).filter(pk=OuterRef(post)))


def _kept(model: type[Like] | type[Save], person: User) -> Iterator[Any]:
    mine = model._default_manager.filter(user=person).select_related("post__author")
    yield from mine.annotate(seen=seen(person, "post")).order_by("pk").iterator()


def _post(post: Post, seen: bool) -> Row:
    """Somebody's post, by its address and who made it; nothing of one that is closed by now."""
    return {"post": post.code, "by": post.author.username} if seen else {"post": None, "by": None}


def _photo(photo: Photo) -> Row:
    return {
        "photo": photo.code,
        "file": file_of(photo),
        "alt_text": photo.alt_text,
        "format": photo.format,
        "bytes": photo.bytes,
        "sha256": photo.sha256,
        "width": photo.width,
        "height": photo.height,
        "edits": photo.edits,
        "metadata": photo.metadata,
        "shown_metadata": photo.shown,
        "state": photo.state,
        "reason": photo.reason,
        "held_at": iso_time(photo.held_at),
        "received_at": iso_time(photo.created_at),
    }


def _version(revision: Revision) -> Row:
    return {
        "number": revision.number,
        "created_at": iso_time(revision.created_at),
        "title": revision.title,
        "caption": revision.caption,
        "audience": revision.audience,
        "licence": revision.licence,
        "made_with_ai": revision.made_with_ai,
        "is_paid": revision.is_paid,
        "photos": revision.photos,
    }
