"""`new_model` in a notebook: which frames and estimators it refuses before anything is built."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from training.errors import CommandError
from training.new.sources import in_memory

FRAME = pd.DataFrame({"x": np.arange(30.0), "y": ["a", "b"] * 15})


def test_keeps_a_frame_without_its_index() -> None:
    frame = FRAME.rename(columns={"x": 0}).assign(s=pd.arrays.SparseArray([0.0, 1.0] * 15)).set_index(FRAME["x"] + 5)
    files = in_memory(None, frame).files
    assert files["data.parquet"].startswith(b"PAR1")


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (None, "got: NoneType"),
        (FRAME["x"].to_numpy(), "got: ndarray"),
        (FRAME.set_axis(pd.MultiIndex.from_product([["a"], FRAME.columns]), axis=1), "one level of column names"),
        (pd.concat([FRAME, FRAME], axis=1), "several columns are called `x`"),
        (FRAME.assign(t=pd.to_timedelta(np.arange(30), unit="h")), "the column `t` holds values of type timedelta64"),
        (FRAME.assign(t=[1, "a"] * 15), "the column `t` holds values of type mixed-integer"),
        (FRAME.assign(t=pd.cut(FRAME["x"], 3)), "the column `t` holds values of type interval"),
    ],
)
def test_frames_that_json_cannot_carry_are_refused(frame: Any, sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        in_memory(None, frame)
    assert sentence in caught.value.detail[1]


def test_a_lambda_is_refused() -> None:
    model = make_pipeline(FunctionTransformer(lambda table: table), LogisticRegression())
    with pytest.raises(CommandError) as caught:
        in_memory(model, FRAME)
    assert caught.value.detail[1].startswith("`Pipeline` holds a function of a notebook or a lambda")
