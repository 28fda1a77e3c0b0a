"""The cells that several lists share."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from posts.pictures import Picture


def thumbnail(picture: Picture | None) -> SafeString:
    """The narrowest rendition, or a box that says there is none."""
    if picture is None:
        return format_html('<span class="thumb none">{}</span>', _("no picture"))
    return format_html(
        '<img class="thumb" src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
        picture.sources[0].url,
        picture.width,
        picture.height,
        picture.alt or _("A photo without a description"),
    )


def placeholder() -> SafeString:
    """A box in place of a picture that is not to be met unprepared."""
    return format_html('<span class="thumb none">{}</span>', _("held"))


def link_to(noun: str, pk: int | None, words: str) -> SafeString:
    """A link to a row's page in the admin; `noun` is app and model, e.g. `posts_post`."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{noun}_change", args=[pk]), words)


def person(user: User) -> SafeString:
    """A link to a person's page in the admin."""
    return link_to("accounts_user", user.pk, f"@{user.username}")


def badge(kind: str, words: str) -> SafeString:
    """A word in a coloured box."""
    return format_html('<span class="badge {}">{}</span>', kind, words)


class HiddenFilter(admin.SimpleListFilter):
    """Hidden by a moderator, or not."""

    title = gettext_lazy("hidden")
    parameter_name = "hidden"
    column = "hidden_at"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:  # type: ignore[type-arg]
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "no"})


class SuspendedFilter(HiddenFilter):
    """Suspended, or not."""

    title = gettext_lazy("suspended")
    parameter_name = "suspended"
    column = "suspended_at"
