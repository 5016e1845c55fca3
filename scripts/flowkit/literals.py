"""What in a text belongs to one account, region, instance or line, by its form."""

from __future__ import annotations

import re

__all__ = ["ACCOUNT", "ARN", "PHONE", "REGION", "UUID"]

# ``aws`` as account: what AWS owns, such as its views. The resource may hold the `$` of
# ``:$LATEST`` and ``:$ACTIVE_VERSION``.
ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>\d{12}|aws)?:"
    r"(?P<resource>[A-Za-z0-9_+=.@/*:-]+(?::\$[A-Z_]+)?)(?<![.,:])"
)
UUID = re.compile(
    r"(?<![0-9A-Za-z-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z-])"
)
# E.164 (ITU): a plus sign and up to fifteen digits; seven are the shortest a carrier gives out.
PHONE = re.compile(r"(?<![\w+/=])\+[1-9][0-9]{6,14}(?![\w+/=])")
REGION = re.compile(
    r"(?<![0-9A-Za-z])(?:us-gov|us-iso[a-z]?|us|eu|ap|ca|sa|af|me|mx|il|cn)-"
    r"(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9](?![0-9A-Za-z])"
)
ACCOUNT = re.compile(r"(?<![0-9A-Za-z_+.-])[0-9]{12}(?![0-9A-Za-z_.-])")
