"""Forms about signing in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.usernames import validators
from notes_site.fields import OneLineInput


class UsernameForm(forms.Form):
    """Another username."""

    username = OneLineInput(
        label=_("New username"),
        min_length=3,
        max_length=30,
        validators=validators,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_username(self) -> str:
        """In small letters, as all names are kept."""
        return str(self.cleaned_data["username"]).lower()
