"""Comments in the admin."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from moderation import actions
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.models import AuditEntry
from posts.models import Comment, Post

HIDE = ModeratorAction(
    name="hide",
    label=gettext_lazy("Hide…"),
    title=gettext_lazy("Hide comments"),
    button=gettext_lazy("Hide"),
    consequences=(
        gettext_lazy(
            "The comment disappears from its post right away for everyone, including its author."
        ),
        gettext_lazy("Nothing is deleted. Restoring it puts it back in its place."),
    ),
    permission="posts.change_comment",
    reason_required=True,
    reason_help=gettext_lazy("It stays in the audit log."),
    refuses=lambda actor, comment: _("is already hidden.") if comment.hidden_at else "",
    run=lambda actor, comment, reason: actions.hide_comment(
        actor=actor, comment=comment, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d comment is hidden.", "%(count)d comments are hidden.", count)
        % {"count": count}
    ),
)
RESTORE = ModeratorAction(
    name="restore",
    label=gettext_lazy("Restore…"),
    title=gettext_lazy("Restore comments"),
    button=gettext_lazy("Restore"),
    consequences=(gettext_lazy("The comment is back in its place right away."),),
    permission="posts.change_comment",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda actor, comment: "" if comment.hidden_at else _("is not hidden."),
    run=lambda actor, comment, reason: actions.restore_comment(
        actor=actor, comment=comment, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d comment is back.", "%(count)d comments are back.", count)
        % {"count": count}
    ),
    dangerous=False,
)


@admin.register(Comment)
class CommentAdmin(ActionsAdmin):
    """The comments under posts that a moderator may see."""

    audit_kind = AuditEntry.Kind.COMMENT
    moderator_actions = (HIDE, RESTORE)
    list_display = ("words", "by", "under", "created_at", "standing")
    list_filter = (columns.HiddenFilter, "created_at")
    list_select_related = ("author", "post")
    search_fields = ("text", "author__username")
    search_help_text = gettext_lazy("Words, a username, or a comment’s code.")
    sortable_by = ("created_at",)
    fields = (
        "lines",
        "by",
        "under",
        "created_at",
        "standing",
        "hidden_at",
        "hidden_reason",
        "code",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = Post.objects.visible_to(request.user).filter(pk=OuterRef("post"))
        # Of a deleted one that was answered there is only its place left.
        return Comment.objects.filter(Exists(visible), deleted_at=None).order_by("-pk")

    def view_on_site(self, comment: Comment) -> str:
        return f"{comment.post.get_absolute_url()}#comment-{comment.code}"

    def summary(self, row: Comment) -> str:
        return f"“{self.words(row)}” (@{_writer(row).username})"

    @admin.display(description=gettext_lazy("Comment"))
    def words(self, comment: Comment) -> str:
        return comment.text if len(comment.text) <= 120 else f"{comment.text[:119]}…"

    @admin.display(description=gettext_lazy("Comment"))
    def lines(self, comment: Comment) -> str:
        return linebreaksbr(comment.text)

    @admin.display(description=gettext_lazy("By"))
    def by(self, comment: Comment) -> SafeString:
        return columns.person(_writer(comment))

    @admin.display(description=gettext_lazy("Under"))
    def under(self, comment: Comment) -> SafeString:
        return columns.link_to("posts_post", comment.post_id, str(comment.post))

    @admin.display(description=gettext_lazy("State"))
    def standing(self, comment: Comment) -> SafeString:
        if comment.hidden_at:
            return columns.badge("bad", _("Hidden"))
        if _writer(comment).suspended_at:
            return columns.badge("bad", _("Author suspended"))
        if comment.held:
            return columns.badge("waiting", _("Waiting for the author of the post"))
        return columns.badge("good", _("Shown"))


def _writer(comment: Comment) -> User:
    """Who wrote a comment: only the place of a deleted one, which is not listed, has no writer."""
    return cast(User, comment.author)
