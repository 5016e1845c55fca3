"""What a reviewer reads about a plan: the risk first, in plain words."""

from connect_voice.brief.document import Tone
from connect_voice.brief.drifting import DriftInputs, Unseen, make_drift_brief
from connect_voice.brief.making import Brief, BriefInputs, make_brief
from connect_voice.brief.splitting import LIMIT, split_markdown

__all__ = [
    "LIMIT",
    "Brief",
    "BriefInputs",
    "DriftInputs",
    "Tone",
    "Unseen",
    "make_brief",
    "make_drift_brief",
    "split_markdown",
]
