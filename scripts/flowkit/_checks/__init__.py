"""The rules behind `flowkit.validation`, one file a part of the flow."""
