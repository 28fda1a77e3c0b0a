"""What the design promises, measured: `python -m benchmarks [--quick] [NAME…]`.

upload      from the upload of a photo to its first rendition, to ready, to the stream
stream      what a page costs, against an empty view and against the obvious way to write it
renditions  CPU time and memory of the rendition set, against libvips

`run` calls them and writes the figures into docs/performance.md; `data` makes posts in bulk,
`photos` makes photos as cameras do, `measure` holds the arithmetic.
"""
