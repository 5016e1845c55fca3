"""Requests to AWS without an SDK (docs/decisions/0011-light-lambdas.md)."""
