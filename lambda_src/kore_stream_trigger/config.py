"""The function's settings, read from its environment."""

import re
import ssl
from collections.abc import Mapping

from connect_core import tls, url
from connect_core.environment import about, matching, parameter_path, required, seconds
from connect_core.url import Url
from connect_core.value import Value, field

_REQUIRED = (
    "KORE_PARAMETER_PATH",
    "TRANSCRIBER_URL",
    "STREAM_READER_ROLE_ARN",
    "STREAM_KEY_ARN",
    "STREAM_NAME_PREFIX",
    "CLAIMS_TABLE",
    "STREAM_ACCESS_SECONDS",
    "SOCKET_TOKEN_SECONDS",
)
# No "*" and no "?": both ARNs become part of policies or name one thing. The lengths leave the
# session policy below STS's 2048 characters.
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/[A-Za-z0-9+=,.@_/-]{1,512}")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}")
_STREAM_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
# STS: 900 s to the role's maximum; one hour when a role's session assumes another role.
_LEAST_ACCESS, _MOST_ACCESS = 900, 3600
_LEAST_TOKEN, _MOST_TOKEN = 60, 24 * 3600


class Settings(Value):
    """What Terraform tells the function.

    Args:
        parameter_path: Path of the bots in Parameter Store, without a slash at the end.
        transcriber: Kore's transcriber.
        reader_role_arn: The role whose session Kore reads the stream with.
        partition: The role's partition, e.g. "aws".
        account_id: The role's account, which is the streams' account.
        key_arn: The KMS key of the streams.
        stream_name_prefix: What the names of this instance's streams begin with.
        claims_table: The DynamoDB table of claims.
        access_seconds: How long the session lives.
        token_seconds: How long the socket token lives.
        tls_context: Whom to trust.
    """

    parameter_path: str
    transcriber: Url
    reader_role_arn: str
    partition: str
    account_id: str
    key_arn: str
    stream_name_prefix: str
    claims_table: str
    access_seconds: int
    token_seconds: int
    tls_context: ssl.SSLContext = field(shown=False, compared=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check every setting.

        Raises:
            Fault: CONFIG_MISSING or CONFIG_INVALID.
        """
        given = required(environment, *_REQUIRED)
        with about("KORE_PARAMETER_PATH"):
            path = parameter_path(given["KORE_PARAMETER_PATH"])
        with about("TRANSCRIBER_URL"):
            transcriber = url.parse(given["TRANSCRIBER_URL"])
        with about("STREAM_READER_ROLE_ARN"):
            role = matching(_ROLE, given["STREAM_READER_ROLE_ARN"])
        with about("STREAM_KEY_ARN"):
            key = matching(_KEY, given["STREAM_KEY_ARN"])
        with about("STREAM_NAME_PREFIX"):
            prefix = matching(_STREAM_NAME, given["STREAM_NAME_PREFIX"])
        with about("CLAIMS_TABLE"):
            table = matching(_TABLE, given["CLAIMS_TABLE"])
        with about("STREAM_ACCESS_SECONDS"):
            access = seconds(given["STREAM_ACCESS_SECONDS"], _LEAST_ACCESS, _MOST_ACCESS)
        with about("SOCKET_TOKEN_SECONDS"):
            token = seconds(given["SOCKET_TOKEN_SECONDS"], _LEAST_TOKEN, _MOST_TOKEN)
        with about("CA_BUNDLE_PEM"):
            tls_context = tls.client_context(environment.get("CA_BUNDLE_PEM", ""))
        _, partition, _, _, account_id, _ = role.split(":", 5)
        return cls(
            parameter_path=path,
            transcriber=transcriber,
            reader_role_arn=role,
            partition=partition,
            account_id=account_id,
            key_arn=key,
            stream_name_prefix=prefix,
            claims_table=table,
            access_seconds=access,
            token_seconds=token,
            tls_context=tls_context,
        )
