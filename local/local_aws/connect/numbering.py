"""The numbers a country has to offer: made up, never anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Calling codes and the lead of toll-free numbers, for the countries where Connect has both kinds
# or direct dialling. A country not named here has nothing on offer, as most do on AWS.
_CALLING_CODES = {
    "AT": "43",
    "AU": "61",
    "BE": "32",
    "BR": "55",
    "CA": "1",
    "CH": "41",
    "DE": "49",
    "DK": "45",
    "ES": "34",
    "FI": "358",
    "FR": "33",
    "GB": "44",
    "IE": "353",
    "IT": "39",
    "JP": "81",
    "MX": "52",
    "NL": "31",
    "NO": "47",
    "NZ": "64",
    "PL": "48",
    "PT": "351",
    "SE": "46",
    "SG": "65",
    "US": "1",
    "ZA": "27",
}

# 555-0100 to 555-0199 are kept free for fiction in the North American plan (NANPA); elsewhere the
# same digits in a national number of ten serve.
_FICTION = "5550"
_NUMBERS_PER_LEAD = range(100, 200)

# The United States and Canada share a calling code and are told apart by these.
_LEADS = {
    ("CA", "DID"): ("416", "604"),
    ("CA", "TOLL_FREE"): ("844", "866"),
    ("US", "DID"): ("206", "415", "512"),
    ("US", "TOLL_FREE"): ("833", "855"),
}
_OTHER_LEADS = {"DID": ("200", "300"), "TOLL_FREE": ("800",)}
_RESERVED = frozenset(lead for leads in _LEADS.values() for lead in leads)
_LEAD_DIGITS = 3
_NATIONAL_DIGITS = 10


@dataclass(frozen=True)
class Offer:
    """A number that can be claimed."""

    number: str
    country: str
    type: str


def offers(country: str, number_type: str, prefix: str = "") -> Iterator[Offer]:
    """Go through the numbers a country has of one type.

    Args:
        country: ISO code.
        number_type: DID or TOLL_FREE; other types are never on offer.
        prefix: digits the number must begin with, calling code included, with or without "+".
    """
    code = _CALLING_CODES.get(country)
    if code is None or number_type not in _OTHER_LEADS:
        return
    digits = prefix.removeprefix("+")
    for lead in _leads(country, number_type, digits.removeprefix(code)):
        for last in _NUMBERS_PER_LEAD:
            number = f"{code}{lead}{_FICTION}{last}"
            if number.startswith(digits):
                yield Offer(f"+{number}", country, number_type)


def recognise(number: str) -> Offer | None:
    """Tell country and type of a number somebody wants to claim, ``None`` for one not on offer."""
    digits = number.removeprefix("+")
    for country, code in _CALLING_CODES.items():
        if not digits.startswith(code) or len(digits) != len(code) + _NATIONAL_DIGITS:
            continue
        prefix = digits[: len(code) + _LEAD_DIGITS]
        for number_type in _OTHER_LEADS:
            for offer in offers(country, number_type, prefix):
                if offer.number == number:
                    return offer
    return None


def _leads(country: str, number_type: str, asked: str) -> tuple[str, ...]:
    """Find the area codes to offer: any that is asked for will do, unless it means another."""
    leads = _LEADS.get((country, number_type), _OTHER_LEADS[number_type])
    lead = asked[:_LEAD_DIGITS]
    free = country != "CA" and number_type == "DID" and len(lead) == _LEAD_DIGITS
    if free and lead not in _RESERVED and lead not in _OTHER_LEADS["TOLL_FREE"]:
        return (lead,)
    return leads
