"""The models of people."""

from accounts.models.addresses import PendingAddress
from accounts.models.follow import Follow, FollowRequest
from accounts.models.relations import Block, ListMember, Mute, PeopleList, Restriction
from accounts.models.setup import SetupToken
from accounts.models.sign_in import FormerUsername, SignIn
from accounts.models.sign_up import BlockedDomain, Invite, SignUp
from accounts.models.user import User

__all__ = [
    "Block",
    "BlockedDomain",
    "Follow",
    "FollowRequest",
    "FormerUsername",
    "Invite",
    "ListMember",
    "Mute",
    "PendingAddress",
    "PeopleList",
    "Restriction",
    "SetupToken",
    "SignIn",
    "SignUp",
    "User",
]
