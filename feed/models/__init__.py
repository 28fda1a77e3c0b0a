"""What the feed keeps beside the scores it writes into posts."""

from feed.models.scale import Scale
from feed.models.subjects import MutedTopic, MutedWord, TopicFollow

__all__ = ["MutedTopic", "MutedWord", "Scale", "TopicFollow"]
