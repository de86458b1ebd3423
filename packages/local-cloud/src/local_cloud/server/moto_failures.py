"""Exceptions of moto for requests that AWS refuses.

The usual causes are a resource that does not exist, looked up in a dict; a member that is mandatory only on AWS; and a token of another
listing. The function of moto that raises tells them apart from any other exception, which remains an internal failure. The codes are those
of the operations' pages, such as https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html.
"""

from __future__ import annotations

import traceback
from typing import Any
from xml.parsers.expat import ExpatError

from moto.utilities import paginator

from local_cloud.patching import replace
from local_cloud.request_validation import code_of, service_model
from local_cloud.s3.request_check import MALFORMED_XML

_INVALID, _NOT_FOUND, _NO_ENTITY = "ValidationException", "ResourceNotFoundException", "EntityNotFoundException"
_NO_PARAMETER = "InvalidParameterException"
_STATEMENT = "Statement wasn't well formed, can't be processed"
_EMPTY_VALUE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_TAG, _NULL = "A tag has no {}", "Value null at '{}' failed to satisfy constraint: Member must not be null"
_NONE = (AttributeError, TypeError)

# moto: resources that do not exist, missing members and invalid values raise KeyError, IndexError, TypeError or ValueError; not reported yet:
# AWS refuses such requests with an error of the service's model.
_REFUSALS: dict[str, dict[str, tuple[Any, str, str]]] = {
    "athena": {
        "models.TaggableResourceMixin.create_tags": (KeyError, "InvalidRequestException", _TAG),
        "responses.AthenaResponse.get_named_query": (_NONE, "InvalidRequestException", "The named query does not exist"),
        "responses.AthenaResponse.tag_resource": (KeyError, "InvalidRequestException", _TAG),
    },
    "awslambda": {
        "responses.LambdaResponse.json_body": (
            ValueError, "InvalidRequestContentException", "Could not parse request body into json"
        ),
        "utils.split_arn": (ValueError, "InvalidParameterValueException", "The ARN of a layer version is invalid"),
    },
    "cloudformation": {
        "models.CloudFormationBackend.describe_stack_instance": (
            AttributeError, "StackInstanceNotFoundException", "The stack instance does not exist"
        ),
    },
    "dynamodb": {
        "comparisons.ConditionExpressionParser._assert": (ValueError, _INVALID, "Invalid ConditionExpression: {}"),
        "models.DynamoDBBackend.describe_export": (KeyError, "ExportNotFoundException", "Export not found: {}"),
        "models.DynamoDBBackend.describe_import": (KeyError, "ImportNotFoundException", "Import not found: {}"),
        "models.DynamoDBBackend.execute_statement": (_NONE, _INVALID, _STATEMENT),
        "models.DynamoDBBackend.update_table_global_indexes": (ValueError, _INVALID, "{}"),
        "models.dynamo_type.DynamoType.__init__": (IndexError, _INVALID, _EMPTY_VALUE),
        "parsing.partiql.get_query_metadata": (Exception, _INVALID, _STATEMENT),
        "parsing.partiql.query": (Exception, _INVALID, _STATEMENT),
        "responses.DynamoHandler.create_table": (KeyError, _INVALID, _NULL),
        "responses.DynamoHandler.get_item": (StopIteration, _INVALID, _EMPTY_VALUE),
        "responses.DynamoHandler.transact_write_items": (
            IndexError, _INVALID, "TransactItems can only contain one of Check, Put, Update or Delete"
        ),
        "responses.validate_put_has_empty_keys": (StopIteration, _INVALID, _EMPTY_VALUE),
    },
    "ecr": {
        "models.ECRBackend.put_image": (Exception, "RepositoryNotFoundException", "{}"),
    },
    "events": {
        "models.EventsBackend.delete_partner_event_source": (KeyError, _NOT_FOUND, "Event source {} does not exist."),
        "models.EventsBackend.describe_partner_event_source": (KeyError, _NOT_FOUND, "Event source {} does not exist."),
        "models.EventsBackend.describe_event_source": (KeyError, _NOT_FOUND, "Event source {} does not exist."),
    },
    "glue": {
        "glue_schema_registry_utils.validate_registry_id": (
            UnboundLocalError, "InvalidInputException", "A registry name or an ARN is mandatory"
        ),
        "glue_schema_registry_utils.validate_param_pattern_and_length": (
            AttributeError, "InvalidInputException", "A mandatory parameter is missing"
        ),
        "models.GlueBackend.get_registry": (KeyError, _NO_ENTITY, "Registry is not found. RegistryName: {}"),
        "utils.Condition.__init__": (ValueError, "InvalidInputException", "{}"),
    },
    "iam": {
        "models.IAMBackend.create_service_linked_role": (
            IndexError, "InvalidInput", "AWSServiceName must be like SERVICE.amazonaws.com"
        ),
    },
    "kms": {
        "models.KmsBackend.describe_key": (KeyError, "NotFoundException", "Invalid keyId '{}'"),
        "models.KmsBackend.get_alias_name": (_NONE, _INVALID, "A GrantToken, or a KeyId and a GrantId, are mandatory"),
        "responses.KmsResponse.generate_random": (TypeError, _INVALID, _NULL.format("numberOfBytes")),
    },
    "lakeformation": {
        "models.LakeFormationBackend.remove_lf_tags_from_resource": ((KeyError, ValueError), _NO_ENTITY, "The resource has no such tag"),
        "models.LakeFormationBackend.update_lf_tag": ((KeyError, ValueError), _NO_ENTITY, "The tag or a value does not exist"),
    },
    "logs": {
        "models.DeliveryDestination.__init__": ((IndexError, TypeError), _INVALID, "destinationResourceArn is not an ARN"),
        "models.LogsBackend.get_query_results": (KeyError, _NOT_FOUND, "Query {} does not exist"),
        "models.LogsBackend.put_delivery_source": (IndexError, _INVALID, "resourceArn is not an ARN"),
    },
    "s3": {
        "models.S3Backend.delete_object_tagging": (_NONE, "NoSuchKey", "The specified key does not exist."),
        "responses.S3Response._acl_from_headers": (
            (AttributeError, KeyError), "InvalidArgument", "Argument format not recognized"
        ),
        "responses.S3Response._complete_multipart_body": (IndexError, "MalformedXML", MALFORMED_XML),
        "responses.S3Response._bucket_tagging_from_body": (KeyError, "MalformedXML", MALFORMED_XML),
    },
    "sagemaker": {
        "models.Cluster.__init__": (TypeError, _INVALID, _NULL.format("instanceGroups")),
        "models.FakeTrainingJob.__init__": (TypeError, _INVALID, _NULL.format("algorithmSpecification")),
        "models.SageMakerModelBackend.associate_trial_component": (
            KeyError, "ResourceNotFound", "Trial component '{}' does not exist."
        ),
        "models.SageMakerModelBackend.describe_experiment": (
            KeyError, "ResourceNotFound", "Experiment '{}' does not exist."
        ),
        "models.SageMakerModelBackend.describe_feature_group": (
            KeyError, "ResourceNotFound", "Resource Not Found: {} does not exist"
        ),
    },
    "scheduler": {
        "models.EventBridgeSchedulerBackend.delete_schedule_group": (
            KeyError, _NOT_FOUND, "Schedule group {} does not exist."
        ),
    },
    "secretsmanager": {
        "models.FakeSecret.create_replicas": (KeyError, _NO_PARAMETER, "Invalid replica region: {}"),
        "models.SecretsStore.__getitem__": (KeyError, _NOT_FOUND, "Secrets Manager can't find the specified secret."),
        "responses.SecretsManagerResponse.tag_resource": (KeyError, _NO_PARAMETER, _TAG),
    },
    "sns": {
        "responses.SNSResponse.check_if_phone_number_is_opted_out": (
            TypeError, "InvalidParameter", "Invalid parameter: PhoneNumber"
        ),
        "models.SNSBackend.delete_platform_application": (
            KeyError, "InvalidParameter", "Invalid parameter: PlatformApplicationArn Reason: {} does not exist"
        ),
    },
    "ssm": {
        "models.SimpleSystemManagerBackend.describe_patch_baselines": (KeyError, _INVALID, "A filter has no {}"),
        "models.Document.__init__": (_NONE, "InvalidDocumentContent", "The content for the document is not valid."),
        "models.SimpleSystemManagerBackend.delete_patch_baseline": (
            KeyError, "DoesNotExistException", "Patch baseline {} does not exist"
        ),
    },
    "stepfunctions": {
        "models.StepFunctionBackend.delete_state_machine_alias": (IndexError, "InvalidArn", "Invalid Arn"),
        "models.StepFunctionBackend.describe_state_machine_alias": (IndexError, "InvalidArn", "Invalid Arn"),
        "responses.StepFunctionResponse.tag_resource": (KeyError, _INVALID, _TAG),
    },
    "sts": {
        "models.STSBackend.assume_role_with_saml": (
            (ValueError, ExpatError), "InvalidIdentityToken", "The SAML assertion cannot be read"
        ),
    },
}  # fmt: skip
"""By package and function: the exceptions that it raises, AWS's code, and the message; {} is what the exception is about."""

# What moto lacks, and AWS answers.
_UNSUPPORTED: dict[str, dict[str, Any]] = {
    "dynamodb": {"responses.DynamoHandler.list_exports": KeyError},  # of all tables
    "events": {"models.EventsBackend.put_partner_events": KeyError},  # errors of single entries
    "lakeformation": {"responses.LakeFormationResponse.list_permissions": ValueError},  # newer types of resources
    "s3": {"responses.S3Response._bucket_response_post": KeyError},  # the metadata of buckets
    "sagemaker": {
        "models.AutoMLJob.__init__": KeyError,  # without completion criteria
        "models.FeatureGroup.__init__": TypeError,  # without an offline store
        "models.ModelExplainabilityJobDefinition.__init__": KeyError,  # of batch transforms
        "models.ModelQualityJobDefinition.__init__": KeyError,  # of batch transforms
    },
}

# These read their token with int().
_READ_TOKENS = {
    "cloudformation": {
        "models.CloudFormationBackend.list_exports",
        "responses.CloudFormationResponse.describe_stacks",
    },
    "iam": {
        "models.IAMBackend._filter_attached_policies",
        "models.IAMBackend.list_roles",
        "models.IAMBackend.list_virtual_mfa_devices",
    },
    "logs": {"models.LogsBackend.describe_destinations"},
    "secretsmanager": {"models.SecretsManagerBackend._get_secret_values_page_and_next_token"},
    "sns": {"models.SNSBackend._get_values_nexttoken"},
    "ssm": {"responses.SimpleSystemManagerResponse.describe_parameters"},
}
_INVALID_TOKEN = {
    "glue": "InvalidInputException",
    "lakeformation": "InvalidInputException",
    "lambda": "InvalidParameterValueException",
    "secretsmanager": "InvalidNextTokenException",
    "ssm": "InvalidNextToken",
    "stepfunctions": "InvalidToken",
}


class _InvalidTokenError(ValueError):
    """A token of moto's paginator that belongs to no page of this listing."""


def install() -> None:
    """Make moto's paginator raise an exception that is answered as each service answers an invalid token."""
    # moto: listings read their tokens with int(), or refuse a wrong one with InvalidToken; not reported yet: each service has its own error for
    # invalid tokens.
    replace(paginator, "InvalidToken", _InvalidTokenError)


def refusal_for(service: str, error: Exception) -> tuple[str, str] | None:
    """Return AWS's code and message for an exception, or None if it is an internal failure. The status is 400.

    Raises
    ------
    NotImplementedError
        If AWS answers such a request, and moto does not support it.
    """
    package, function = _raised_by(error)
    is_token = isinstance(error, ValueError) and function in _READ_TOKENS.get(package, ())
    if is_token or isinstance(error, _InvalidTokenError):
        return _INVALID_TOKEN.get(service, code_of(service_model(service))), "Invalid token"
    if isinstance(error, _UNSUPPORTED.get(package, {}).get(function, ())):
        raise NotImplementedError
    exceptions, code, message = _REFUSALS.get(package, {}).get(function, ((), "", ""))
    return (code, message.format(*error.args, "")) if isinstance(error, exceptions) else None


def _raised_by(error: Exception) -> tuple[str, str]:
    """Return the package and the function of moto that raised an exception, directly or by a call of a library."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("local_cloud."):
            break
        parts = module.split(".")
        if parts[0] == "moto" and parts[1] not in {"core", "utilities"}:
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            return parts[1], ".".join([*parts[2:], name])
    return "", ""
