"""GitHub and GitLab, as far as comments and issues go."""

from connect_voice.code_host.conversation import Comment, Conversation, Issue, Issues
from connect_voice.code_host.place import CodeHost, find_code_host, find_conversation

__all__ = [
    "CodeHost",
    "Comment",
    "Conversation",
    "Issue",
    "Issues",
    "find_code_host",
    "find_conversation",
]
