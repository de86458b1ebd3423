import os

import pandas as pd

if __name__ == "__main__":
    today = os.environ["PROCESS_DATE"]
    file_name = "extract.csv"
    input_data_path = os.path.join("/opt/ml/processing/input/extract", file_name)
    print("Reading input data from {}".format(input_data_path))
    df = pd.read_csv(input_data_path)
    filter_col = ["feature1", "feature2", "y"]
    df = df.reindex(columns=filter_col)
    local_output_path = os.path.join(f"/opt/ml/processing/output/process_date_jst={today}", "partition.csv")
    os.makedirs(os.path.dirname(local_output_path), exist_ok=True)
    print(f"Saving output data to {local_output_path}")
    df.to_csv(local_output_path, header=False, index=False)
