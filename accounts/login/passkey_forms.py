"""The forms of passkeys, whose names are texts of one line as all names are."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, SignupWebAuthnForm

from notes_site.fields import OneLineInput
from notes_site.text import one_line


class _NewPasskey:
    """One whose name can't be seen gets another instead: the device keeps it already."""

    cleaned_data: dict[str, Any]

    def clean_name(self) -> str:
        """The name, or one that says what it is."""
        self.cleaned_data["name"] = one_line(self.cleaned_data["name"])
        name: str = super().clean_name()  # type: ignore[misc]
        return name


class AddPasskeyForm(_NewPasskey, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey of an account."""


class SignUpPasskeyForm(_NewPasskey, SignupWebAuthnForm):  # type: ignore[misc]
    """The passkey that an account begins with."""


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = OneLineInput(required=True)
