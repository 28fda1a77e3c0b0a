"""The way of a photo, step by step; each step may die and be run again.

inspect     is it a picture we take? header, structure, a cheap decode in a limited child
originals   its bytes, unchanged, under a random private key
renditions  under a lease: what is wanted and not there yet is made in a limited child and stored
recognition holds a photo that resembles a removed picture, until a moderator decides
settle      a photo is ready or has failed: what waited for it goes on, so its post is published,
            or its owner's picture changes (avatars)
placement   each rendition lies where its post's audience says, public or private
erase       the ledger of objects that must go, until storage confirms

`posts.sweep` finds what a lost message or a dead process left behind, and queues it again.
What decodes and draws is in `posts.imaging`.
"""
