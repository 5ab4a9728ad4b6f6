"""The peer of a validation: Great Expectations' own engine on a pandas frame, as its users run the published suites.

`python validate_frame.py suite.json table.parquet`: prints the seconds after the import, and whether all is well.
"""

import json
import sys
import time
from pathlib import Path

import great_expectations as gx
import pandas as pd


def main(suite: Path, file: str) -> None:
    """Check a table."""
    asked = json.loads(suite.read_text(encoding="utf-8"))
    began = time.perf_counter()
    frame = pd.read_parquet(file).astype(dict.fromkeys(asked["meta"]["read_as_float"], float))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("release").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    success = batch.validate(gx.ExpectationSuite(**asked)).success
    print(json.dumps({"seconds": time.perf_counter() - began, "success": success}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
