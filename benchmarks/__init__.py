"""What the design promises, measured: `python -m benchmarks [--quick | --small] [NAME…]`.

upload       from the upload of a photo to its first rendition, to ready, to the stream
renditions   CPU time, memory, bytes and quality of the rendition set, against libvips and sharp
stream       what a page costs, against an empty view and against the obvious way to write it
search       what a search and a suggestion cost, by kind of question
queue        thousands of photos waiting: speed at the beginning and at the end, memory
sign_in      whether the time of an answer tells who has an account
recognition  comparing a photo with removed pictures and with its author's own

`rivals` are libvips and sharp, `quality` judges files, `data` makes posts in bulk, `photos` makes
photos as cameras do, `alone` starts a benchmark as a process of its own, `measure` holds the
arithmetic; `run` calls them all and writes the figures into docs/performance.md.
"""
