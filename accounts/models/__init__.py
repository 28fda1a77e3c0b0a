"""The models of people."""

from accounts.models.follow import Follow
from accounts.models.setup import SetupToken
from accounts.models.user import User

__all__ = ["Follow", "SetupToken", "User"]
