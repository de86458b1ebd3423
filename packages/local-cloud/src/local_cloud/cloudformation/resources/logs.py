"""AWS::Logs::LogGroup."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.logs.models import logs_backends

from local_cloud.cloudformation.api_resource import ApiResource, changed, tag_dict
from local_cloud.logs.key_permission import check_key
from local_cloud.settings import ACCOUNT_ID


class LogGroup(ApiResource, CloudFormationModel):
    """AWS::Logs::LogGroup: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html."""

    type_name = "AWS::Logs::LogGroup"
    service = "logs"
    name_property = "LogGroupName"
    name_length = 512
    attributes = frozenset({"Arn"})
    known = frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        key = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
        api.create_log_group(logGroupName=name, **key)
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if old and changed(old, new, "KmsKeyId"):
            if key := new.get("KmsKeyId"):
                check_key(key, physical_id, ACCOUNT_ID, api.meta.region_name)
            # moto: CloudWatch Logs' AssociateKmsKey and DisassociateKmsKey are missing; not reported yet: the operations change the KMS key of
            # a log group.
            logs_backends[ACCOUNT_ID][api.meta.region_name].groups[physical_id].kms_key_id = new.get("KmsKeyId")
        if changed(old, new, "RetentionInDays"):
            if "RetentionInDays" in new:
                api.put_retention_policy(logGroupName=physical_id, retentionInDays=int(new["RetentionInDays"]))
            else:
                api.delete_retention_policy(logGroupName=physical_id)
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_log_group(logGroupName=physical_id, tags=sorted(gone))
        if tags := tag_dict(new):
            api.tag_log_group(logGroupName=physical_id, tags=tags)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_log_group(logGroupName=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        groups = api.describe_log_groups(logGroupNamePrefix=self.physical_resource_id)["logGroups"]
        return next(str(group["arn"]) for group in groups if group["logGroupName"] == self.physical_resource_id)
