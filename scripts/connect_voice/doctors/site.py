"""One Connect instance, read once: Connect answers two requests a second, so reads are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from connect_voice.doctors.aws import Aws, found
from connect_voice.doctors.deployed import Deployed, Function
from connect_voice.ties import flows_of_numbers
from flowkit.model import Flow, parse

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import InstanceTypeDef
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef


@dataclass(frozen=True)
class PublishedFlow:
    """A flow as callers get it."""

    id: str
    name: str
    content: str
    flow: Flow


@dataclass(frozen=True)
class Environment:
    """The environment of a Lambda; ``denied`` says what AWS would not decrypt it for."""

    variables: Mapping[str, str]
    denied: str | None = None


class Site:
    """What is deployed in one instance, for the doctors of all its vendors."""

    def __init__(self, deployed: Deployed, aws: Aws) -> None:
        self.deployed = deployed
        self.aws = aws
        self._flows: dict[str, PublishedFlow | None] = {}
        self._functions: dict[str, FunctionConfigurationResponseTypeDef | None] = {}

    @property
    def embedded(self) -> bool:
        """Whether AWS is an embedded one, from which nobody asks the internet anything."""
        return self.aws.endpoint_url is not None

    @cached_property
    def instance(self) -> InstanceTypeDef | None:
        """The Connect instance, None when it does not exist."""
        answer = found(
            lambda: self.aws.connect.describe_instance(InstanceId=self.deployed.instance_id)
        )
        return None if answer is None else answer["Instance"]

    @cached_property
    def flows_of_numbers(self) -> Mapping[str, str]:
        """Id of the flow that each number of the instance leads to, by the number's id."""
        return flows_of_numbers(self.aws.connect, self.deployed.instance_id)

    @cached_property
    def associated_functions(self) -> frozenset[str]:
        """ARNs of the Lambdas that the instance lists."""
        pages = self.aws.connect.get_paginator("list_lambda_functions").paginate(
            InstanceId=self.deployed.instance_id
        )
        return frozenset(arn for page in pages for arn in page["LambdaFunctions"])

    def flow(self, flow_id: str) -> PublishedFlow | None:
        """A flow by its id, None while nothing is published under it.

        Raises:
            FlowSyntaxError: what is published cannot be read.
        """
        if flow_id not in self._flows:
            answer = found(
                lambda: self.aws.connect.describe_contact_flow(
                    InstanceId=self.deployed.instance_id, ContactFlowId=tail(flow_id)
                )
            )
            self._flows[flow_id] = None
            if answer is not None:
                made = answer["ContactFlow"]
                content = made.get("Content", "")
                live = made.get("Status") != "SAVED" and made.get("State") != "ARCHIVED"
                if live:
                    self._flows[flow_id] = PublishedFlow(
                        flow_id, made.get("Name", flow_id), content, parse(content)
                    )
        return self._flows[flow_id]

    def function(self, function: Function | str) -> FunctionConfigurationResponseTypeDef | None:
        """The configuration of a Lambda, of its alias's version where it is one of a vendor's."""
        arn = function if isinstance(function, str) else function.alias_arn
        if arn not in self._functions:
            self._functions[arn] = found(
                lambda: self.aws.functions.get_function_configuration(FunctionName=arn)
            )
        return self._functions[arn]

    def environment(self, function: Function) -> Environment | None:
        """The environment of a Lambda, None when there is no such Lambda."""
        configuration = self.function(function)
        if configuration is None:
            return None
        environment = configuration.get("Environment", {})
        refused = environment.get("Error", {})
        return Environment(environment.get("Variables", {}), refused.get("ErrorCode"))


def tail(arn_or_id: str) -> str:
    """The id at the end of an ARN, without the alias or version of a flow."""
    return arn_or_id.rpartition("/")[2].partition(":")[0]
