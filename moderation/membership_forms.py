"""What moderators and owners fill in about who may join."""

from typing import Any

from django import forms
from django.core.validators import DomainNameValidator
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import BlockedDomain, Invite
from accounts.signup.registration import domain_of
from notes_site import site
from notes_site.fields import OneLineInput
from notes_site.models import SiteSettings

MAX_PEOPLE = 10_000
MAX_DAYS = 365


class InviteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new invitation; an empty limit is none."""

    note = OneLineInput(
        label=_("Note"),
        max_length=100,
        required=False,
        help_text=_("Who it’s for. Only moderators see it."),
    )
    most_uses = forms.IntegerField(
        label=_("How many people"),
        min_value=1,
        max_value=MAX_PEOPLE,
        required=False,
        initial=1,
        help_text=_("Leave it empty for no limit."),
    )
    days = forms.IntegerField(
        label=_("Valid for how many days"),
        min_value=1,
        max_value=MAX_DAYS,
        required=False,
        initial=14,
        help_text=_("Leave it empty for an invitation that stays valid until it’s revoked."),
    )

    class Meta:
        model = Invite
        fields = ("note", "most_uses")


class BlockedDomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """A domain to keep out."""

    domain = OneLineInput(
        label=_("Domain"),
        max_length=253,
        help_text=_("For example mailbox.example. All its subdomains are blocked too."),
    )

    class Meta:
        model = BlockedDomain
        fields = ("domain", "note")

    def clean_domain(self) -> str:
        """The domain as it is compared; also out of an address, or of *.domain."""
        domain = domain_of(self.cleaned_data["domain"].strip().removeprefix("*."))
        # `domain_of` has already made it ASCII; what it couldn't convert is refused here.
        DomainNameValidator(accept_idna=False)(domain)
        return domain


def _registrations() -> list[tuple[str, Any]]:
    who = site.of_environment().registration.label
    as_it_says = gettext("As set in REGISTRATION: %(who)s") % {"who": who}
    return [("", as_it_says), *((each.value, each.label) for each in site.Registration)]


def _name_help() -> str:
    return gettext("Leave it empty to use SITE_NAME, which is “%(name)s”.") % {
        "name": site.of_environment().name
    }


class SiteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The site's name and who may join; empty leaves it to the environment."""

    name = OneLineInput(
        label=_("Site name"),
        max_length=60,
        required=False,
        help_text=lazy(_name_help, str)(),
    )
    registration = forms.ChoiceField(
        label=_("Who can sign up"),
        choices=_registrations,
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = SiteSettings
        fields = ("name", "registration")
