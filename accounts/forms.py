"""Forms about people."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class OwnerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The first account of the site."""

    email = forms.EmailField(label=_("E-mail"))
    password1 = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password2 = forms.CharField(
        label=_("Password again"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("username", "email")

    def clean(self) -> dict[str, Any]:
        """The two passwords agree and are strong enough."""
        data = super().clean() or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ. Type them again."))
        elif first:
            try:
                validate_password(first, self.instance)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return data
