"""Contact flows as data: parse, check, fill. Pure: no files, no network, no AWS."""
