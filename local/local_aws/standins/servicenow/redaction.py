"""Personal data taken out of what people said, before anything is stored.

ServiceNow's AI voice agent reference: "Personally Identifiable Information (PII) data is redacted
from transcripts before it is stored." What it puts in the place is not documented.
"""

from __future__ import annotations

import re

REDACTED = "********"
"""What stands where personal data stood."""

# Telephone numbers however they are written, and addresses of mail.
_PERSONAL = re.compile(r"\+?\(?\d[\d ()./-]{5,}\d|[\w.+-]+@[\w-]+(\.[\w-]+)+")


def redact(text: str) -> str:
    """The text without telephone numbers and addresses of mail."""
    return _PERSONAL.sub(REDACTED, text)
