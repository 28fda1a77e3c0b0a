"""Posts in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from moderation import actions
from moderation.admin import columns
from moderation.admin.actions import ActionsAdmin, ModeratorAction
from moderation.models import AuditEntry
from posts.models import Post
from posts.pictures import Picture

HIDE = ModeratorAction(
    name="hide",
    label=gettext_lazy("Hide…"),
    title=gettext_lazy("Hide posts"),
    button=gettext_lazy("Hide"),
    consequences=(
        gettext_lazy("Right away, only its author and moderators can find or open the post."),
        gettext_lazy("Within a minute, its photos move to addresses that nobody else knows."),
        gettext_lazy("The author sees on the post that it’s hidden, and your reason."),
        gettext_lazy("Nothing is deleted. Restoring it brings everything back."),
    ),
    permission="posts.change_post",
    reason_required=True,
    reason_help=gettext_lazy("The author sees this. It stays in the audit log."),
    refuses=lambda actor, post: _("is already hidden.") if post.hidden_at else "",
    run=lambda actor, post, reason: actions.hide_post(actor=actor, post=post, reason=reason),
    done=lambda count: (
        ngettext("%(count)d post is hidden.", "%(count)d posts are hidden.", count)
        % {"count": count}
    ),
)
RESTORE = ModeratorAction(
    name="restore",
    label=gettext_lazy("Restore…"),
    title=gettext_lazy("Restore posts"),
    button=gettext_lazy("Restore"),
    consequences=(
        gettext_lazy("The post is back right away, as it was, for everyone it was meant for."),
        gettext_lazy("Within a minute, its photos move back to public addresses."),
    ),
    permission="posts.change_post",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=lambda actor, post: "" if post.hidden_at else _("is not hidden."),
    run=lambda actor, post, reason: actions.restore_post(actor=actor, post=post, reason=reason),
    done=lambda count: (
        ngettext("%(count)d post is back.", "%(count)d posts are back.", count) % {"count": count}
    ),
    dangerous=False,
)


@admin.register(Post)
class PostAdmin(ActionsAdmin):
    """The posts a moderator may see (docs/decisions/0003)."""

    audit_kind = AuditEntry.Kind.POST
    moderator_actions = (HIDE, RESTORE)
    list_display = ("thumbnail", "words", "by", "audience", "standing", "published_at")
    list_display_links = ("thumbnail", "words")
    list_filter = (columns.HiddenFilter, "state", "audience", "published_at")
    list_select_related = ("author",)
    search_fields = ("title", "caption", "author__username")
    search_help_text = gettext_lazy("Words, a username, or a post’s address or code.")
    sortable_by = ("published_at",)
    fieldsets = (
        (None, {"fields": ("photos", "title", "caption_lines", "by")}),
        (
            gettext_lazy("Who sees it"),
            {"fields": ("audience", "standing", "hidden_at", "hidden_reason")},
        ),
        (
            gettext_lazy("More"),
            {"fields": ("code", "created_at", "published_at", "figures", "comments")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the viewer may see; the rule of visibility has no way around it here either."""
        return Post.objects.visible_to(request.user).order_by("-pk")

    def view_on_site(self, post: Post) -> str:
        return post.get_absolute_url()

    def summary(self, row: Post) -> str:
        return f"{_words(row)} (@{row.author.username})"

    def picture(self, row: Post) -> Picture | None:
        return row.cover_picture

    @admin.display(description=gettext_lazy("Photo"))
    def thumbnail(self, post: Post) -> SafeString:
        return columns.thumbnail(post.cover_picture)

    @admin.display(description=gettext_lazy("Post"))
    def words(self, post: Post) -> str:
        return _words(post)

    @admin.display(description=gettext_lazy("Author"))
    def by(self, post: Post) -> SafeString:
        return columns.person(post.author)

    @admin.display(description=gettext_lazy("State"))
    def standing(self, post: Post) -> SafeString:
        if post.hidden_at:
            return columns.badge("bad", _("Hidden"))
        if post.author.suspended_at:
            return columns.badge("bad", _("Author suspended"))
        kind = "good" if post.state == Post.State.PUBLISHED else "waiting"
        return columns.badge(kind, post.get_state_display())

    @admin.display(description=gettext_lazy("Stats"))
    def figures(self, post: Post) -> str:
        counts = (
            ngettext("%(n)d photo", "%(n)d photos", post.photo_count) % {"n": post.photo_count},
            ngettext("%(n)d like", "%(n)d likes", post.like_count) % {"n": post.like_count},
            ngettext("%(n)d comment", "%(n)d comments", post.comment_count)
            % {"n": post.comment_count},
        )
        return ", ".join(counts)

    @admin.display(description=gettext_lazy("Photos"))
    def photos(self, post: Post) -> SafeString:
        found = post.photos.prefetch_related("renditions")
        cells = (
            (columns.link_to("posts_photo", photo.pk, columns.thumbnail(photo.picture)),)
            for photo in found
        )
        return format_html('<div class="thumbs">{}</div>', format_html_join("", "{}", cells))

    @admin.display(description=gettext_lazy("Caption"))
    def caption_lines(self, post: Post) -> str:
        return linebreaksbr(post.caption) if post.caption else "-"

    @admin.display(description=gettext_lazy("Comments"))
    def comments(self, post: Post) -> SafeString:
        address = reverse("admin:posts_comment_changelist")
        return format_html(
            '<a href="{}?post__id__exact={}">{}</a>', address, post.pk, _("See the comments")
        )


def _words(post: Post) -> str:
    words = post.title or post.caption or post.code
    return words if len(words) <= 60 else f"{words[:59]}…"
