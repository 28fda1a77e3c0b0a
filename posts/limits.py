"""The limits of posts and files, as declared data."""

from datetime import timedelta

MAX_PHOTOS = 35
MAX_TITLE = 90
MAX_CAPTION = 4_000
MAX_TOPICS = 10
MAX_ALT_TEXT = 2_000
MAX_COMMENT = 1_000

MAX_FILE_BYTES = 50_000_000
# 9248 by 6936, the most that phones of 64 megapixels write, fits.
MAX_PIXELS = 72_000_000
# A JPEG in one scan is decoded at half its size or less: 12000 by 9000 and 16320 by 12240 fit.
MAX_JPEG_PIXELS = 200_000_000
# The longest side a WebP can have.
MAX_SIDE = 16_383
MAX_ASPECT = 20
MAX_JPEG_SCANS = 100

# A year, even one with a leap day in it.
SCHEDULED_AHEAD = timedelta(days=366)
UPLOAD_KEPT = timedelta(days=7)
LEASE = timedelta(seconds=45)
# A message younger than this may still be on its way; queueing again would only double it.
QUEUE_PATIENCE = timedelta(seconds=30)
MAX_ATTEMPTS = 5
