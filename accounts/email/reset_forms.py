"""The forms with which a forgotten password is replaced."""

from allauth.account import forms
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.email import addresses
from accounts.email.reset_tokens import ResetTokens, proven_address


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]
    """Asks for a link; what is mailed to an address proves that one."""

    def save(self, request: HttpRequest, **options: object) -> str:
        """Have the link mailed, or a note that no account has this address."""
        tokens = ResetTokens(mailed_to=self.cleaned_data["email"])
        return str(super().save(request, **options, token_generator=tokens))


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Takes the new password."""

    def save(self) -> None:
        """Keep the password, and what the link proves of its address, or neither of them.

        Raises ImmediateHttpResponse, the way back, when another account has the address by now.
        """
        try:
            with transaction.atomic():
                address = proven_address(self.user, self.temp_key)
                if address is not None:
                    addresses.prove_by_reset(address)
                super().save()
        except addresses.AddressTakenError as error:
            messages.error(
                context.request,
                _(
                    "Another account has confirmed this address in the meantime, so the link no"
                    " longer works. Nothing was changed."
                ),
            )
            raise ImmediateHttpResponse(redirect("account_reset_password")) from error
