"""The stream: which posts may stand in it, under which tab."""
