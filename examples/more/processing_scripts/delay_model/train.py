"""Train a model of departure delays on the input's days before the run's interval, so that evaluation uses only unseen flights."""

import datetime as dt
import json
import os
import sys
from pathlib import Path

import joblib
from flights import CATEGORIES, FEATURES, NUMBERS, read_flights  # type: ignore[import-not-found]  # beside this script
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

OUTPUT = Path("/opt/ml/processing/output")

if __name__ == "__main__":
    end = dt.date.fromisoformat(os.environ["PROCESS_START"])
    # A run about several days gets the days before each of them: those from the first on are left out.
    flights = read_flights(None, end)
    if flights["delayed"].nunique() < 2:
        sys.exit(f"{len(flights)} flights before {end} are too few to learn from: run flights for these days")
    start = flights["flight_date"].min().date()
    # The model treats an airline or airport that first appears on the evaluated day as a missing value.
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"))
    model = make_pipeline(
        make_column_transformer((codes, CATEGORIES), ("passthrough", NUMBERS)),
        HistGradientBoostingClassifier(categorical_features=list(range(len(CATEGORIES))), random_state=0),
    )
    model.fit(flights[FEATURES], flights["delayed"])
    joblib.dump(model, OUTPUT / "model.joblib")
    facts = {"trained_on": len(flights), "trained_until": end.isoformat(), "share": float(flights["delayed"].mean())}
    (OUTPUT / "training.json").write_text(json.dumps(facts), encoding="utf-8")
    print(f"trained on {len(flights)} flights from {start} to {end}, of which {facts['share']:.1%} were late")
