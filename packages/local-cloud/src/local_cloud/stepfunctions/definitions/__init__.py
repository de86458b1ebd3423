"""Definitions of state machines: the checks of CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition."""
