"""Addresses about people."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.views import follows, lists, people, relations
from accounts.views.passkeys import remove_passkey
from accounts.views.security import other_sessions, security, session, sign_ins
from accounts.views.settings import privacy, profile_settings
from accounts.views.setup import setup
from accounts.views.sign_up import waiting
from accounts.views.username import username

app_name = "accounts"
urlpatterns = [
    path("@<str:username>/follow", follows.follow, name="follow"),
    path("@<str:username>/follower", follows.follower, name="follower"),
    path("@<str:username>/block", relations.block, name="block"),
    path("@<str:username>/mute", relations.mute, name="mute"),
    path("@<str:username>/restrict", relations.restrict, name="restrict"),
    path("@<str:username>/lists/", lists.lists_of, name="lists_of"),
    path("@<str:username>/followers/", people.followers, name="followers"),
    path("@<str:username>/following/", people.following, name="following"),
    path("requests/", follows.requests, name="requests"),
    path("requests/<str:username>", follows.answer, name="request"),
    path("lists/", lists.my_lists, name="lists"),
    path("lists/<b58:list_id>/", lists.people_list, name="list"),
    path("lists/<b58:list_id>/members/", lists.members, name="members"),
    path("lists/<b58:list_id>/members/<str:username>", lists.member, name="member"),
    path("settings/people/", people.people_settings, name="people_settings"),
    path("settings/profile/", profile_settings, name="profile_settings"),
    path("settings/privacy/", privacy, name="privacy"),
    path("settings/security/", security, name="security"),
    path("settings/security/sign-ins/", sign_ins, name="sign_ins"),
    path("settings/security/sessions/others/", other_sessions, name="other_sessions"),
    path("settings/security/sessions/<int:device>/", session, name="session"),
    path("settings/username/", username, name="username"),
    # Before django-allauth's own addresses, which would show less, or ask nothing.
    path("accounts/2fa/", RedirectView.as_view(pattern_name="accounts:security")),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="accounts:security")),
    path("accounts/sessions/", RedirectView.as_view(pattern_name="accounts:security")),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", remove_passkey, name="remove_passkey"),
    path("setup/", setup, name="setup"),
    path("accounts/waiting/", waiting, name="waiting"),
]
