"""Backfills: many intervals of a pipeline, each of them a run, planned here and run by the pipeline's backfill state machine."""
