"""Two versions of a flow compared: by what they do, whatever their actions are called."""

from flowkit.difference.comparison import ActionChange, BranchChange, Difference, compare
from flowkit.difference.summary import Form, headline, summary
from flowkit.difference.union import picture
from flowkit.difference.values import ValueChange

__all__ = [
    "ActionChange",
    "BranchChange",
    "Difference",
    "Form",
    "ValueChange",
    "compare",
    "headline",
    "picture",
    "summary",
]
