"""People in the admin: suspending, and for owners the choice of moderators."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from moderation import actions, roles
from moderation.admin import columns
from moderation.admin.actions import OWNERS_ONLY, ActionsAdmin, ModeratorAction
from moderation.admin.owner_actions import CONFIRM, RESET_LINK
from moderation.models import AuditEntry


def _cannot_suspend(actor: User, person: User) -> str:
    if person.suspended_at:
        return _("is already suspended.")
    return actions.why_not_suspend(actor, person)


def _cannot_restore(actor: User, person: User) -> str:
    if not person.suspended_at:
        return _("is not suspended.")
    return actions.why_not_suspend(actor, person)


def _cannot_appoint(_actor: User, person: User) -> str:
    return _("is already a moderator.") if person.is_staff or person.is_superuser else ""


def _cannot_dismiss(_actor: User, person: User) -> str:
    if person.is_superuser:
        return _("An owner of the site is always a moderator.")
    return "" if person.is_staff else _("is not a moderator.")


SUSPEND = ModeratorAction(
    name="suspend",
    label=gettext_lazy("Suspend…"),
    title=gettext_lazy("Suspend people"),
    button=gettext_lazy("Suspend"),
    consequences=(
        gettext_lazy("Their posts, comments and profile disappear right away for everyone else."),
        gettext_lazy("They’re signed out everywhere and can’t sign in; they’re told why."),
        gettext_lazy("Nothing is deleted. Ending the suspension brings everything back."),
    ),
    permission="accounts.change_user",
    reason_required=True,
    reason_help=gettext_lazy("They see this when they try to sign in."),
    refuses=_cannot_suspend,
    run=lambda actor, person, reason: actions.suspend(actor=actor, person=person, reason=reason),
    done=lambda count: (
        ngettext("%(count)d person is suspended.", "%(count)d people are suspended.", count)
        % {"count": count}
    ),
)
UNSUSPEND = ModeratorAction(
    name="unsuspend",
    label=gettext_lazy("End suspension…"),
    title=gettext_lazy("End suspensions"),
    button=gettext_lazy("End the suspension"),
    consequences=(
        gettext_lazy("They can sign in again, and everything of theirs is back as it was."),
    ),
    permission="accounts.change_user",
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=_cannot_restore,
    run=lambda actor, person, reason: actions.unsuspend(actor=actor, person=person, reason=reason),
    done=lambda count: (
        ngettext("%(count)d suspension was ended.", "%(count)d suspensions were ended.", count)
        % {"count": count}
    ),
    dangerous=False,
)
APPOINT = ModeratorAction(
    name="appoint",
    label=gettext_lazy("Make a moderator…"),
    title=gettext_lazy("Make people moderators"),
    button=gettext_lazy("Make a moderator"),
    consequences=(
        gettext_lazy(
            "They can see every shared post here, hide and restore things, and suspend members."
        ),
        gettext_lazy("They need two-factor sign-in before they can use the admin."),
    ),
    permission=OWNERS_ONLY,
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=_cannot_appoint,
    run=lambda actor, person, reason: roles.make_moderator(user=person, actor=actor, reason=reason),
    done=lambda count: (
        ngettext(
            "%(count)d person is now a moderator.", "%(count)d people are now moderators.", count
        )
        % {"count": count}
    ),
    dangerous=False,
)
DISMISS = ModeratorAction(
    name="dismiss",
    label=gettext_lazy("Remove as moderator…"),
    title=gettext_lazy("Remove moderators"),
    button=gettext_lazy("Remove as moderator"),
    consequences=(
        gettext_lazy("They lose access to the admin right away. Their account stays as it is."),
        gettext_lazy("Their decisions stand, and stay in the audit log."),
    ),
    permission=OWNERS_ONLY,
    reason_required=False,
    reason_help=gettext_lazy("Optional. It stays in the audit log."),
    refuses=_cannot_dismiss,
    run=lambda actor, person, reason: roles.remove_moderator(
        user=person, actor=actor, reason=reason
    ),
    done=lambda count: (
        ngettext(
            "%(count)d person is no longer a moderator.",
            "%(count)d people are no longer moderators.",
            count,
        )
        % {"count": count}
    ),
)


@admin.register(User)
class PersonAdmin(ActionsAdmin):
    """Everyone with an account; email addresses are for owners' eyes only."""

    audit_kind = AuditEntry.Kind.PERSON
    moderator_actions = (SUSPEND, UNSUSPEND, APPOINT, DISMISS, CONFIRM, RESET_LINK)
    list_display = ("portrait", "username", "display_name", "role", "standing", "date_joined")
    list_display_links = ("portrait", "username")
    list_filter = (columns.SuspendedFilter, "is_staff", "date_joined")
    list_select_related = ("sign_up", "sign_up__invite", "sign_up__decided_by")
    search_fields = ("username", "display_name")
    search_help_text = gettext_lazy("A username, a name, or a person’s code.")
    sortable_by = ("username", "date_joined")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        about = ["portrait", "username", "display_name", "bio", "posts"]
        if request.user.is_superuser:
            about.append("mail")
        return (
            (None, {"fields": about}),
            (
                gettext_lazy("Account"),
                {
                    "fields": (
                        "role",
                        "is_staff",
                        "standing",
                        "came_in",
                        "suspended_at",
                        "suspended_reason",
                    )
                },
            ),
            (gettext_lazy("More"), {"fields": ("code", "date_joined", "last_login")}),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Everyone, and whether their main address is confirmed."""
        # django-allauth keeps addresses in lowercase; User.email may have capitals.
        confirmed = EmailAddress.objects.filter(
            user=OuterRef("pk"), email=Lower(OuterRef("email")), verified=True
        )
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(has_confirmed=Exists(confirmed))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return (*self.search_fields, *(("email",) if request.user.is_superuser else ()))

    def view_on_site(self, person: User) -> str:
        return person.get_absolute_url()

    def summary(self, row: User) -> str:
        return f"@{row.username}"

    @admin.display(description=gettext_lazy("Picture"))
    def portrait(self, person: User) -> SafeString:
        if not person.avatar_url:
            return format_html('<span class="portrait none">{}</span>', person.initial)
        return format_html(
            '<img class="portrait" src="{}" width="40" height="40" alt="{}" loading="lazy">',
            person.avatar_url,
            person.name,
        )

    @admin.display(description=gettext_lazy("Role"))
    def role(self, person: User) -> str:
        if person.is_superuser:
            return _("Owner")
        return _("Moderator") if person.is_staff else _("Member")

    @admin.display(description=gettext_lazy("State"))
    def standing(self, person: User) -> SafeString:
        if person.suspended_at:
            return columns.badge("bad", _("Suspended"))
        if not person.is_active:
            waits = hasattr(person, "sign_up") and person.sign_up.decided_at is None
            if waits:
                return columns.badge("waiting", _("Waiting for approval"))
            return columns.badge("bad", _("Closed"))
        return columns.badge("good", _("Active"))

    @admin.display(description=gettext_lazy("Email"))
    def mail(self, person: User) -> SafeString:
        if not person.email:
            return format_html("-")
        confirmed = getattr(person, "has_confirmed", False)
        kind, word = ("good", _("Confirmed")) if confirmed else ("waiting", _("Not confirmed"))
        return format_html("{} {}", person.email, columns.badge(kind, word))

    @admin.display(description=gettext_lazy("Joined"))
    def came_in(self, person: User) -> str | SafeString:
        if not hasattr(person, "sign_up"):
            return _("While sign-up was open, or created by the site")
        sign_up = person.sign_up
        if sign_up.decided_at is None:
            words = _("See the request")
        elif sign_up.invite:
            words = _("With the invitation “%s”") % sign_up.invite
        else:
            by = sign_up.decided_by
            words = _("Approved by @%s") % by.username if by else _("Approved")
        return columns.link_to("accounts_signup", sign_up.pk, words)

    @admin.display(description=gettext_lazy("Posts"))
    def posts(self, person: User) -> SafeString:
        address = reverse("admin:posts_post_changelist")
        return format_html(
            '<a href="{}?author__id__exact={}">{}</a>', address, person.pk, _("See the posts")
        )
