"""Contact ids, as Amazon Connect gives them."""

from __future__ import annotations

import uuid


def is_contact_id(value: object) -> bool:
    """Whether the value is a UUID in the form that Amazon Connect gives contacts."""
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
