"""The demo community: six people and their posts, for a first look at the site."""
