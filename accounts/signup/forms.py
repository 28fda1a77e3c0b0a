"""The form of who would like to join; what it asks follows who may."""

from typing import TYPE_CHECKING, Any

from allauth.account.forms import SignupForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import SignUp
from accounts.signup import invites
from accounts.signup.registration import Admission
from notes_site import site
from notes_site.fields import OneLineInput

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MAX_REASON = SignUp._meta.get_field("reason").max_length
NOT_GOOD = _(
    "This invitation is no longer valid, or there’s a typo in the code. Ask whoever gave it to"
    " you for a new one."
)
NOT_GOOD_BUT_ASK = _(
    "This invitation is no longer valid, or there’s a typo in the code. Leave it out and tell us"
    " why you’d like to join instead."
)
NEEDS_PASSWORD = _(
    "A moderator reviews every request first. Please choose a password for now; you can add a"
    " passkey once you’re in."
)


class SignUpForm(SignupForm):  # type: ignore[misc]
    """Name, address and password, and where they are asked for a code or a reason."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mode = site.current().registration
        typed = self.data.get("invite", "") if self.is_bound else self.initial.get("invite", "")
        self.invitation = invites.usable(typed)
        if self.mode == site.Registration.APPROVAL and not self.invitation:
            self.fields["reason"] = _reason_field()
        if typed or self.mode in (site.Registration.APPROVAL, site.Registration.INVITE):
            self.fields["invite"] = self._invite_field(
                came_by_link=bool(typed) and not self.is_bound
            )
        # As people write it, not as it stands in our tables.
        self.initial["invite"] = invites.normalized(typed)

    @property
    def admission(self) -> Admission:
        """What lets them in, once the form is valid."""
        return Admission(
            invite_code=self.cleaned_data.get("invite", ""),
            reason=self.cleaned_data.get("reason", ""),
            waits=self._waits(),
        )

    def clean_invite(self) -> str:
        """The code as it is kept; '' for one that isn't good where nobody needs any.

        Raises ValidationError for such a code where the site asks for one.
        """
        code: str = self.cleaned_data["invite"]
        if not code or self.invitation:
            return invites.normalized(code)
        if self.mode == site.Registration.OPEN:
            return ""
        raise forms.ValidationError(self._not_good())

    def clean(self) -> dict[str, Any]:
        """A reason where there is no invitation, and a password for who has to wait.

        Raises ValidationError when somebody who has to wait chose a passkey instead.
        """
        data: dict[str, Any] = super().clean()
        if "reason" in self.fields and not data.get("reason") and "invite" not in self.errors:
            self.add_error("reason", _("Tell us in a sentence or two why you’d like to join."))
        if self.by_passkey and self._waits():
            raise forms.ValidationError(NEEDS_PASSWORD)
        return data

    def lost_the_invitation(self) -> None:
        """Say that somebody else took the last place while this form was on its way."""
        self.add_error("invite", NOT_GOOD)

    def _not_good(self) -> "_StrPromise":
        return NOT_GOOD if self.mode == site.Registration.INVITE else NOT_GOOD_BUT_ASK

    def _waits(self) -> bool:
        return self.mode == site.Registration.APPROVAL and not self.cleaned_data.get("invite")

    def _invite_field(self, *, came_by_link: bool) -> OneLineInput:
        needed = self.mode == site.Registration.INVITE
        return OneLineInput(
            label=_("Invitation code"),
            # Long enough for the whole link, which people paste here.
            max_length=300,
            required=needed,
            help_text=self._invite_help(came_by_link),
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
            error_messages={"required": _("Enter your invitation code.")},
        )

    def _invite_help(self, came_by_link: bool) -> "_StrPromise":
        if self.invitation:
            return _("This invitation is valid.")
        if came_by_link and self.mode != site.Registration.OPEN:
            return self._not_good()
        if self.mode == site.Registration.APPROVAL:
            return _("If someone gave you one, you can join right away.")
        if self.mode == site.Registration.OPEN:
            return _(
                "This invitation is no longer valid, but you don’t need one: everyone can join."
            )
        return _("You got it from someone who runs this site, or in a link.")


def _reason_field() -> forms.CharField:
    # Not `required`: a browser would insist on it although a code was typed below.
    return forms.CharField(
        label=_("Why would you like to join?"),
        max_length=MAX_REASON,
        required=False,
        help_text=_("Only the moderators read this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
