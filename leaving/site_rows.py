"""What the site keeps about a person, as it stands in their download."""

from collections.abc import Iterator

from django.db.models import Q

from accounts.models import User
from leaving.models import Export
from leaving.rows import Row, when
from moderation.models import AuditEntry
from posts.models import Comment, Photo, Post

Kind = AuditEntry.Kind


def moderation(person: User) -> Iterator[Row]:
    """What moderators decided about the person and their things; never which moderator."""
    posts = Post.objects.filter(author=person).values("pk")
    photos = Photo.objects.filter(owner=person).values("pk")
    comments = Comment.objects.filter(author=person).values("pk")
    about = (
        Q(target_kind=Kind.PERSON, target_id=person.pk)
        | Q(target_kind=Kind.POST, target_id__in=posts)
        | Q(target_kind=Kind.PHOTO, target_id__in=photos)
        | Q(target_kind=Kind.COMMENT, target_id__in=comments)
    )
    for entry in AuditEntry.objects.filter(about).order_by("pk").iterator():
        yield {
            "at": when(entry.created_at),
            "action": entry.action,
            "kind": entry.target_kind,
            "what": entry.target_code,
            "reason": entry.reason,
        }


def exports(person: User) -> Iterator[Row]:
    """The downloads that are there."""
    for export in Export.objects.filter(user=person).order_by("pk").iterator():
        yield {
            "created_at": when(export.created_at),
            "state": export.state,
            "expires_at": when(export.expires_at),
        }
