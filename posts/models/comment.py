"""A comment under a post, an answer to one, and the one rule of who may read them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models.relations import Block, blocked_between, muted_by
from accounts.models.user import in_good_standing
from notes_site.ids import TimeOrderedModel
from posts import limits
from posts.models.post import Post, Viewer
from posts.text.captions import to_html


class CommentQuerySet(models.QuerySet["Comment"]):
    """Which comments."""

    def in_good_standing(self) -> "CommentQuerySet":
        """Those that count: not deleted, hidden or held, nor by somebody suspended or leaving."""
        return self.filter(in_good_standing("author"), hidden_at=None, held="")

    def readable(self) -> "CommentQuerySet":
        """Those that stand, without a block between their writer and the author of the post."""
        return self.in_good_standing().filter(_without_block())

    def counted(self) -> "CommentQuerySet":
        """Those that others can read: of the answers, where the thread or its place is there."""
        stands = (
            in_good_standing("parent__author")
            & Q(parent__held="")
            & _without_block("parent__author")
        )
        is_there = Q(parent__hidden_at=None) & (stands | Q(parent__deleted_at__isnull=False))
        return self.readable().filter(Q(parent=None) | is_there)

    def visible_to(self, viewer: Viewer) -> "CommentQuerySet":
        """The comments this viewer may read, of a post they may see: the only rule there is.

        What is held back is read by who wrote it and by who may approve it. The place of a deleted
        comment stays while there are answers to it. Nobody reads what was written by somebody whom
        they, or the post's author, blocked, or who blocked them; nor the answers to that.
        """
        return self.filter(_readable_by(viewer), Q(parent=None) | _readable_by(viewer, "parent__"))


def _readable_by(viewer: Viewer, way: str = "") -> Q:
    """The rule for one comment; `way` leads from the rows that are asked for to it."""
    author = f"{way}author"

    def q(**columns: object) -> Q:
        return Q(**{way + column: value for column, value in columns.items()})

    open_to = q(held="")
    if viewer.is_authenticated:
        open_to |= q(author=viewer.pk) | Q(post__author=viewer.pk)
        open_to = Q() if viewer.is_moderator else open_to
    # While all of its answers are held, nobody could tell why an empty place is there.
    gone = q(deleted_at__isnull=False, reply_count__gt=0)
    rule = (
        ((in_good_standing(author) & open_to) | gone) & q(hidden_at=None) & _without_block(author)
    )
    if not viewer.is_authenticated:
        return rule
    apart = blocked_between(viewer.pk, author) | muted_by(viewer.pk, author, "comments")
    return rule & ~apart


def _without_block(author: str = "author") -> Q:
    """That neither the writer nor the author of the post blocked the other.

    Compared as values: for EXISTS PostgreSQL would read all blocks there are, and of IS NULL it
    would think that hardly a comment passes.
    """
    writer, host = models.OuterRef(author), models.OuterRef("post__author")
    return ~_found(Block.objects.filter(blocker=host, blocked=writer)) & ~_found(
        Block.objects.filter(blocker=writer, blocked=host)
    )


def _found(rows: models.QuerySet[Block]) -> Q:
    one = rows.values_list(models.Value(1))[:1]
    return Q(Exact(Coalesce(models.Subquery(one), 0), 1))


class Comment(TimeOrderedModel):
    """Words under a post; with a parent, an answer to another comment there."""

    class Held(models.TextChoices):
        """Why a comment waits for the author of the post."""

        NO = "", _("Not held")
        APPROVAL = "approval", _("The author approves comments first")
        WORDS = "words", _("It has a word the author holds for review")
        RESTRICTED = "restricted", _("Whoever wrote it is restricted")

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    # None once it is deleted, when its place stays for the answers to it.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="comments"
    )
    # Its index is `comment_replies`: along one of its own SQLite would read the threads of all
    # posts.
    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="replies",
        db_index=False,
    )
    text = models.TextField(max_length=limits.MAX_COMMENT)
    # The usernames mentioned that were somebody's when it was written.
    mentions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    pinned_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=10, choices=Held.choices, default=Held.NO, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=300, blank=True)
    # Sent by the form, so that sending it twice writes one comment.
    submission_key = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001

    # Denormalised, changed in the transaction of the rows they stand for.
    like_count = models.PositiveIntegerField(default=0)
    reply_count = models.PositiveIntegerField(default=0)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["author", "submission_key"], name="comment_submitted_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The threads of a post, newest first, and the answers in one, oldest first.
            models.Index(
                fields=["post", "-created_at", "-id"],
                name="comment_threads",
                condition=Q(parent=None, hidden_at=None),
            ),
            models.Index(
                fields=["parent", "created_at", "id"],
                name="comment_replies",
                condition=Q(parent__isnull=False),
            ),
            models.Index(fields=["post", "held"], name="comment_held", condition=~Q(held="")),
            models.Index(
                fields=["post", "-pinned_at"],
                name="comment_pinned",
                condition=Q(pinned_at__isnull=False),
            ),
            models.Index(fields=["author", "-id"], name="comment_by_author"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def text_html(self) -> SafeString:
        """The text, escaped, with its links alive."""
        return to_html(self.text, self.mentions)


class CommentLike(models.Model):
    """One person likes one comment."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comment_likes"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "comment"], name="comment_like_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.comment_id}"
