"""AWS::SageMaker::Pipeline."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, tag_dict


class SageMakerPipeline(ApiResource, CloudFormationModel):
    """AWS::SageMaker::Pipeline: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-pipeline.html."""

    type_name = "AWS::SageMaker::Pipeline"
    service = "sagemaker"
    name_property = "PipelineName"
    name_length = 256
    known = frozenset(
        {
            "ParallelismConfiguration",
            "PipelineDefinition",
            "PipelineDescription",
            "PipelineDisplayName",
            "PipelineName",
            "RoleArn",
            "Tags",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        tags = [{"Key": key, "Value": value} for key, value in tag_dict(properties).items()]
        api.create_pipeline(PipelineName=name, Tags=tags, **_parameters(properties))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        api.update_pipeline(PipelineName=physical_id, **_parameters(new))
        arn = api.describe_pipeline(PipelineName=physical_id)["PipelineArn"]
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.delete_tags(ResourceArn=arn, TagKeys=sorted(gone))
        if new.get("Tags"):
            api.add_tags(ResourceArn=arn, Tags=new["Tags"])

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_pipeline(PipelineName=physical_id)


def _parameters(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the API's parameters, in which the definition is not nested."""
    kept = ("ParallelismConfiguration", "PipelineDescription", "PipelineDisplayName", "RoleArn")
    parameters = {name: properties[name] for name in kept if name in properties}
    if parallelism := parameters.get("ParallelismConfiguration"):
        steps = int(parallelism["MaxParallelExecutionSteps"])
        parameters["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": steps}
    definition = properties["PipelineDefinition"]
    if "PipelineDefinitionBody" in definition:
        return {**parameters, "PipelineDefinition": definition["PipelineDefinitionBody"]}
    location = definition["PipelineDefinitionS3Location"]
    place = {"Bucket": location["Bucket"], "ObjectKey": location["Key"]}
    if "Version" in location:
        place["VersionId"] = location["Version"]
    return {**parameters, "PipelineDefinitionS3Location": place}
