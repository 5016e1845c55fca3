"""A stand-in for Kore Agent AI: its transcriber, its widget's page, and a receiver of dispositions.

The transcriber uses the credentials it is handed as Kore's would, against the embedded AWS, and
then tries what they must not be able to do.
"""

from local_aws.standins.kore.standin import StandIn

__all__ = ["StandIn"]
