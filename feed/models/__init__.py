"""What the feed keeps beside the scores it writes into posts."""

from feed.models.scale import Scale
from feed.models.subjects import MutedTopic, MutedWord, TopicFollow
from feed.models.suggestions import DismissedSuggestion

__all__ = ["DismissedSuggestion", "MutedTopic", "MutedWord", "Scale", "TopicFollow"]
