"""Templates by URL: moto takes a bucket's name from the path only if the host is the word localhost."""

from __future__ import annotations

from urllib.parse import urlsplit

import moto.cloudformation.models as models
import moto.cloudformation.responses as responses
from moto.cloudformation.exceptions import ValidationError
from moto.s3.models import s3_backends

from local_cloud.cloudformation.template_check import check_size
from local_cloud.patching import original_of, replace
from local_cloud.settings import endpoint_url


def install() -> None:
    """Read templates that lie behind this server's own address."""
    for user in (models, responses):
        replace(user, "get_stack_from_s3_url", get_stack_from_s3_url)


def get_stack_from_s3_url(template_url: str, account_id: str, partition: str) -> str:
    """Return the text of a template."""
    url = urlsplit(template_url)
    if url.netloc != urlsplit(endpoint_url()).netloc:
        text: str = original_of(responses, "get_stack_from_s3_url")(template_url, account_id, partition)
        check_size(text, by_url=True)
        return text
    bucket, _, key = url.path.lstrip("/").partition("/")
    template = s3_backends[account_id][partition].get_object(bucket, key)
    if template is None:
        raise ValidationError(message="S3 error: The specified key does not exist.")
    text = template.value.decode()
    check_size(text, by_url=True)
    return text
