"""What owners do for people whom no mail reaches: confirm an address, hand over a link."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from moderation import entrance
from moderation.admin.deeds import OWNERS_ONLY, Deed


def _cannot_confirm(_actor: User, person: User) -> str:
    # The admin's own queryset has told whether the address is confirmed.
    unconfirmed = person.email and not getattr(person, "has_confirmed", False)
    return "" if unconfirmed else _("has no address that is not confirmed yet.")


CONFIRM = Deed(
    name="confirm",
    label=gettext_lazy("Confirm the e-mail address…"),
    title=gettext_lazy("Confirm an e-mail address"),
    button=gettext_lazy("Confirm the address"),
    consequences=(
        gettext_lazy("It counts as confirmed, as if the person had opened the link of a letter."),
        gettext_lazy("No other account can confirm the same address any more."),
    ),
    permission=OWNERS_ONLY,
    reason_required=False,
    reason_help=gettext_lazy("How do you know that it is theirs? It stays in the audit log."),
    refuses=_cannot_confirm,
    run=lambda actor, person, reason: entrance.confirm_address(
        actor=actor, person=person, reason=reason
    ),
    done=lambda count: (
        ngettext("%(count)d address is confirmed.", "%(count)d addresses are confirmed.", count)
        % {"count": count}
    ),
    dangerous=False,
    in_list=False,
)
RESET_LINK = Deed(
    name="reset-link",
    label=gettext_lazy("Link for a new password…"),
    title=gettext_lazy("Make a link for a new password"),
    button=gettext_lazy("Make the link"),
    consequences=(
        gettext_lazy("You get a link and hand it over yourself. It works once, for three days."),
        gettext_lazy("Whoever opens it chooses a new password, and all sessions end then."),
        gettext_lazy("Until then nothing changes. A second factor is asked for as before."),
    ),
    permission=OWNERS_ONLY,
    reason_required=True,
    reason_help=gettext_lazy("How do you know that it is they who ask? It stays in the audit log."),
    refuses=lambda _actor, person: entrance.why_no_link(person),
    run=lambda actor, person, reason: entrance.make_reset_link(
        actor=actor, person=person, reason=reason
    ),
    done=lambda count: ngettext("The link is made", "The links are made", count),
    dangerous=False,
    in_list=False,
)
