"""The form of the owner's account."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notes_site import site
from notes_site.fields import OneLineInput
from notes_site.models import SiteSettings


class OwnerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The first account of the site."""

    email = forms.EmailField(label=_("Email"))
    password1 = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label=_("Confirm password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    site_name = OneLineInput(
        label=_("What should your site be called?"),
        max_length=SiteSettings._meta.get_field("name").max_length,
        required=False,
    )
    registration = forms.ChoiceField(
        label=_("Who can sign up?"),
        choices=SiteSettings.Registration.choices,
        required=False,
        help_text=_("You can change both later in the site settings."),
    )

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        now = site.current()
        self.initial.update(site_name=now.name, registration=now.registration)

    def clean(self) -> dict[str, Any]:
        """The two passwords agree and are strong enough."""
        data = super().clean() or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The passwords don’t match. Enter them again."))
        elif first:
            try:
                validate_password(first, self.instance)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return data
