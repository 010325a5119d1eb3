"""A conversation as values: `conversation` decides, `events` and `actions` are what goes in and comes out.

`course` is what is known of the one that goes on; what the driver, the model and the hub do, and waits that are over,
have a module each: `driver`, `model`, `hub`, `tools`, `overdue`.
"""

from edgegw.voice.conversation.conversation import Conversation
from edgegw.voice.conversation.course import Manner
from edgegw.voice.conversation.limits import Limits

__all__ = ["Conversation", "Limits", "Manner"]
