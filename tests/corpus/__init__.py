"""A folder of odd, hostile and ordinary pictures through the running site."""
