"""Text that looks like an expression of every language that it passes through, and is none."""

HOSTILE = (
    "$.plan.run_id $$.Execution.Id States.Format('{}', $.x) ${AWS::AccountId} <aws.scheduler.execution-id> \"'\\ 特徴量"
)
