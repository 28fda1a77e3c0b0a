"""The limits of posts and files, as declared data."""

from datetime import timedelta

# As many photos, and as long a title and caption, as TikTok takes: what was made for it fits.
MAX_PHOTOS = 35
MAX_TITLE = 90
MAX_CAPTION = 4_000
# With more, a caption is a list of topics and its post comes up under everything.
MAX_TOPICS = 10
MAX_ALT_TEXT = 2_000
MAX_COMMENT = 1_000

# Whatever a phone writes, and a camera's JPEG in the best quality.
MAX_FILE_BYTES = 50_000_000
# 9248 by 6936, the most that phones of 64 megapixels write, fits.
MAX_PIXELS = 72_000_000
# A JPEG in one scan is decoded at half its size or less: 12000 by 9000 and 16320 by 12240 fit.
MAX_JPEG_PIXELS = 200_000_000
# The longest side a WebP can have.
MAX_SIDE = 16_383
# A strip longer than this would be a line of a few pixels on a card.
MAX_ASPECT = 20
# Encoders write about ten; each further one costs as much as a picture to decode.
MAX_JPEG_SCANS = 100

# A year, even one with a leap day in it.
SCHEDULED_AHEAD = timedelta(days=366)
# Long enough to go on with a post next weekend.
UPLOAD_KEPT = timedelta(days=7)
# Renewed with each rendition; a worker that died is replaced within a minute.
LEASE = timedelta(seconds=45)
# A message younger than this may still be on its way; queueing again would only double it.
QUEUE_PATIENCE = timedelta(seconds=30)
# A picture that ended so many workers will end the next one, too.
MAX_ATTEMPTS = 5
