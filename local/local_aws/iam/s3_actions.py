"""Actions and resources of Amazon S3, whose operations are told by method and subresource."""

from __future__ import annotations

from collections.abc import Mapping

import xmltodict

# The subresource of a bucket or object -> the noun in its actions (Service Authorization
# Reference for Amazon S3); GET reads it, PUT and DELETE need the permission to put it.
_BUCKET_NOUNS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_OBJECT_NOUNS = {
    "acl": "ObjectAcl",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
}
_ENCRYPTION = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")
_DELETED_BY_NAME = frozenset({"policy", "website"})


def read(method: str, path: str, query: Mapping[str, list[str]], partition: str) -> tuple[str, str]:
    """Return the action (without `s3:`) and the resource of a path-style request.

    Args:
        method: of HTTP.
        path: decoded, `/bucket/key`.
        query: its parameters, blank ones included.
        partition: of the ARNs.
    """
    bucket, _, key = path.lstrip("/").partition("/")
    arn = f"arn:{partition}:s3:::{bucket}"
    if not bucket:
        return "ListAllMyBuckets", "*"
    if key:
        return _object_action(method, query), f"{arn}/{key}"
    if method == "POST" and "delete" in query:
        return "DeleteObject", f"{arn}/*"
    return _bucket_action(method, query), arn


def deleted(resource: str, body: bytes) -> tuple[str, ...]:
    """The objects of a DeleteObjects request, whose resource is the bucket with `/*`."""
    told = xmltodict.parse(body, force_list=("Object",)).get("Delete") or {}
    bucket = resource.removesuffix("*")
    return tuple(f"{bucket}{one['Key']}" for one in told.get("Object") or ()) or (resource,)


def condition_keys(
    method: str, query: Mapping[str, list[str]], headers: Mapping[str, str]
) -> dict[str, str]:
    """The condition keys of Amazon S3 that a request brings, names in lower case.

    Source: Service Authorization Reference for Amazon S3, and "Enforce conditional writes".
    """
    keys = {f"s3:{name}": query[name][0] for name in ("prefix", "delimiter") if name in query}
    for name, value in headers.items():
        if name.lower() in ("if-match", "if-none-match", *_ENCRYPTION):
            keys[f"s3:{name.lower()}"] = value
    if method in ("PUT", "POST"):
        whole = "partNumber" not in query and "uploads" not in query
        keys["s3:objectcreationoperation"] = "true" if whole else "false"
    return keys


def _bucket_action(method: str, query: Mapping[str, list[str]]) -> str:
    for subresource, noun in _BUCKET_NOUNS.items():
        if subresource in query:
            if method == "DELETE" and subresource in _DELETED_BY_NAME:
                return f"Delete{noun}"
            return f"Get{noun}" if method == "GET" else f"Put{noun}"
    if "uploads" in query:
        return "ListBucketMultipartUploads"
    if "versions" in query:
        return "ListBucketVersions"
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, "ListBucket")


def _object_action(method: str, query: Mapping[str, list[str]]) -> str:
    version = "Version" if "versionId" in query else ""
    verb = {"GET": "Get", "HEAD": "Get", "DELETE": "Delete"}.get(method, "Put")
    for subresource, noun in _OBJECT_NOUNS.items():
        if subresource in query:
            return f"{verb}{noun.replace('Object', f'Object{version}', 1)}"
    if "uploadId" in query and method in ("GET", "DELETE"):
        return "ListMultipartUploadParts" if method == "GET" else "AbortMultipartUpload"
    return f"{verb}Object{version if verb != 'Put' else ''}"
