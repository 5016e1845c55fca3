"""The blocks of a flow, one function each, a file a family."""

from callsim.actions import (
    callback,
    contact,
    control,
    lambda_function,
    menu,
    prompts,
    queue_checks,
    routing,
    third_party,
    views,
)
from callsim.actions.registry import Done, Ended, Entered, Failed, Handler, Result, handler

__all__ = [
    "Done",
    "Ended",
    "Entered",
    "Failed",
    "Handler",
    "Result",
    "callback",
    "contact",
    "control",
    "handler",
    "lambda_function",
    "menu",
    "prompts",
    "queue_checks",
    "routing",
    "third_party",
    "views",
]
