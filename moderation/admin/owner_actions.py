"""What owners do for people whom no mail reaches: confirm an address, hand over a link."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from moderation import membership
from moderation.admin.actions import OWNERS_ONLY, ModeratorAction


def _cannot_confirm(_actor: User, person: User) -> str:
    # The admin's own queryset has told whether the address is confirmed.
    unconfirmed = person.email and not getattr(person, "has_confirmed", False)
    return "" if unconfirmed else _("has no unconfirmed address.")


CONFIRM = ModeratorAction(
    name="confirm",
    label=gettext_lazy("Confirm the email address…"),
    title=gettext_lazy("Confirm an email address"),
    button=gettext_lazy("Confirm the address"),
    consequences=(
        gettext_lazy("It counts as confirmed, as if the person had opened the link in an email."),
        gettext_lazy("No other account can confirm the same address anymore."),
    ),
    permission=OWNERS_ONLY,
    reason_required=False,
    reason_help=gettext_lazy("How do you know it’s theirs? Your answer stays in the audit log."),
    refuses=_cannot_confirm,
    run=lambda actor, person, reason: membership.confirm_address(
        actor=actor, person=person, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d address is confirmed.", "%(count)d addresses are confirmed.", count)
        % {"count": count}
    ),
    dangerous=False,
    in_list=False,
)
RESET_LINK = ModeratorAction(
    name="reset-link",
    label=gettext_lazy("Password reset link…"),
    title=gettext_lazy("Make a password reset link"),
    button=gettext_lazy("Make the link"),
    consequences=(
        gettext_lazy("You get a link to hand over yourself. It works once, within three days."),
        gettext_lazy("Whoever opens it chooses a new password, and that ends all sessions."),
        gettext_lazy("Until then, nothing changes. A second factor is still required."),
    ),
    permission=OWNERS_ONLY,
    reason_required=True,
    reason_help=gettext_lazy(
        "How do you know it’s really them asking? Your answer stays in the audit log."
    ),
    refuses=lambda _actor, person: membership.why_no_reset_link(person),
    run=lambda actor, person, reason: membership.make_reset_link(
        actor=actor, person=person, reason=reason
    ),
    done=lambda count: ngettext("The link is ready", "The links are ready", count),
    dangerous=False,
    in_list=False,
)
