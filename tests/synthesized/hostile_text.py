"""Text that looks like an expression in every language that processes it, but is plain text."""

HOSTILE = (
    "$.plan.run_id $$.Execution.Id States.Format('{}', $.x) ${AWS::AccountId} <aws.scheduler.execution-id> \"'\\ 特徴量"
)
