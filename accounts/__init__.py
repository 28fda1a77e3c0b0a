"""People: users, follows, sign-up, sign-in, the owner's set-up."""
