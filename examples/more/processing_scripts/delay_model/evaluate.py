"""Evaluate the model on the days of the run's interval: a partition for each day, with a row for each airport and one for all."""

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from flights import FEATURES, read_flights  # type: ignore[import-not-found]  # beside this script
from sklearn.metrics import log_loss, roc_auc_score

MODEL = Path("/opt/ml/processing/input/model")
OUTPUT = Path("/opt/ml/processing/output")
ALL_AIRPORTS = "ALL"


def metrics(flights: pd.DataFrame, origin: str, share: float) -> dict[str, Any]:
    """Compare the model's predictions with the actual delays; ``share`` is the prediction of a baseline without features."""
    delayed, probability = flights["delayed"], flights["probability"]
    both_kinds = delayed.nunique() == 2
    return {
        "origin": origin,
        "flights": len(flights),
        "delayed": int(delayed.sum()),
        "foretold": float(probability.sum()),
        "roc_auc": float(roc_auc_score(delayed, probability)) if both_kinds else None,
        "log_loss": float(log_loss(delayed, probability, labels=[False, True])),
        "baseline_log_loss": float(log_loss(delayed, [share] * len(flights), labels=[False, True])),
    }


if __name__ == "__main__":
    start = dt.date.fromisoformat(os.environ["PROCESS_START"])
    end = dt.date.fromisoformat(os.environ["PROCESS_END"])
    flights = read_flights(start, end)
    if flights.empty:
        sys.exit(f"no flight of analytics.flights departed from {start} to {end}: run flights for these days first")
    training = json.loads((MODEL / "training.json").read_text(encoding="utf-8"))
    # Written by the train step in this run, so that unpickling is safe.
    model = joblib.load(MODEL / "model.joblib")
    flights["probability"] = model.predict_proba(flights[FEATURES])[:, 1]
    for day, of_day in flights.groupby("flight_date"):
        groups = [(ALL_AIRPORTS, of_day), *of_day.groupby("origin")]
        rows = pd.DataFrame([metrics(group, origin, training["share"]) for origin, group in groups])
        rows["roc_auc"] = rows["roc_auc"].astype("float64")  # also if all values of a day are null
        rows["trained_on"] = training["trained_on"]
        rows["trained_until"] = dt.date.fromisoformat(training["trained_until"])
        partition = OUTPUT / f"flight_date={day:%Y-%m-%d}"
        partition.mkdir(parents=True)
        rows.to_parquet(partition / "metrics.parquet", index=False)
        print(f"{day:%Y-%m-%d}: {rows.loc[0, ['flights', 'delayed', 'foretold', 'roc_auc']].to_dict()}")
