"""Files on their way in: whole or in pieces, within the limits, as far as the quota goes."""
