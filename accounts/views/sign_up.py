"""Signing up, and the page of those who wait to be let in."""

from typing import Any

from allauth.account.views import SignupView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.signup.forms import SignUpForm
from accounts.signup.invites import InviteError


class SignUpView(SignupView):  # type: ignore[misc]
    """Sign-up, with the invitation of the link filled in; 422 with all that was typed on errors."""

    form_class = SignUpForm

    def get_initial(self) -> dict[str, Any]:
        """What the address brings along."""
        return {**super().get_initial(), "invite": self.request.GET.get("invite", "")}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Make the account; the form again when the invitation went to somebody else meanwhile."""
        try:
            response: HttpResponse = super().form_valid(form)
        except InviteError:
            form.lost_the_invitation()
            return self.form_invalid(form)
        return response

    def form_invalid(self, form: SignUpForm) -> HttpResponse:
        """The form again, with what is wrong."""
        context = self.get_context_data(form=form)
        response: HttpResponse = self.render_to_response(context, status=422)
        return response


sign_up = SignUpView.as_view()


@login_not_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What happens next, for who asked to be let in; the same for everybody."""
    return render(request, "account/waiting.html")
