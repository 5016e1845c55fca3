"""Actions and resources of Amazon S3, whose operations are told by method and subresource."""

from __future__ import annotations

from collections.abc import Mapping

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
