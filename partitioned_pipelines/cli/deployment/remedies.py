"""What to do about a failure of AWS's: by its cause, read from what the CDK CLI, botocore or a service says."""

from __future__ import annotations

import re

LOG_IN = "log in (aws sso login), or set AWS_PROFILE"
MAKE_ROOM = 'make room on the disk that is full, and repeat the command: df -h . "${TMPDIR:-/tmp}" ~'
BOOTSTRAP = "prepare the account and region, which each needs once: pipelines deploy --target aws --bootstrap"

# The first that fits counts. The words of the CDK CLI are those of its toolkit-lib: sdk-provider.ts, environment-resources.ts.
_REMEDIES: tuple[tuple[str, str], ...] = (
    # Node, Python and the local cloud each have their words for it.
    (r"ENOSPC|No space left on device|EDQUOT|Disk quota exceeded|No usable temporary directory", MAKE_ROOM),
    (
        r"ExpiredToken|RequestExpired|token included in the request is expired|has expired and refresh failed"
        r"|SSO session .*(expired|invalid)|UnauthorizedSSOToken|Token (has |is )?expired|TokenRefreshRequired",
        "the credentials have expired: log in again (aws sso login)",
    ),
    (
        r"but the current credentials are for \d+",
        "use credentials of the account that is named, or leave the account out of the deployment's options",
    ),
    (
        r"no credentials have been configured|Unable to resolve AWS account|Could not load credentials"
        r"|CredentialsProviderError|Unable to locate credentials|Error loading SSO Token",
        LOG_IN,
    ),
    (
        r"InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure",
        "AWS does not know these credentials (those of the local cloud open nothing on AWS): " + LOG_IN,
    ),
    (
        r"has(n't| not) been bootstrapped|the environment been bootstrapped|/cdk-bootstrap/[\w/-]+ not found"
        r"|requires bootstrap stack version '\d+', found|the toolkit stack must be deployed"
        r"|Is (this )?account .*bootstrapped\?|No (bucket|ECR repository) named .* bootstrapped",
        BOOTSTRAP,
    ),
    (
        r"Could not assume role in target account",
        "your credentials may not assume the CDK's roles: they need sts:AssumeRole on cdk-*-role-* of the account, and another "
        "account needs --trust at its bootstrap (https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html)",
    ),
)


def remedy_for(said: str) -> str | None:
    """Return what to do about a failure; None if what was said names no cause that is known."""
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)), None)
