"""Reading the file of an estimator: what may be in it, and what is refused with nothing run."""

import bz2
import functools
import gzip
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn
import skops.io  # type: ignore[import-untyped]
from sklearn.cluster import DBSCAN, BisectingKMeans, FeatureAgglomeration
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from training.new.conversion.refusal import Refusal
from training.new.estimator_file import Unreadable, load
from training.new.estimators import check_estimator, read_estimator, try_in_child

ROWS = np.random.default_rng(0).normal(size=(40, 3))
CLASSES = np.where(ROWS[:, 0] > 0, "oui", "non")


class Calls:
    """Pickled, it calls a function."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> Any:
        """The call."""
        return self.call


def fitted() -> LogisticRegression:
    """A small fitted estimator."""
    return LogisticRegression().fit(ROWS, CLASSES)


def refused(data: bytes) -> Unreadable:
    """Why bytes cannot be read, in this process."""
    with pytest.raises(Unreadable) as caught:
        load(data)
    return caught.value


@pytest.mark.parametrize("suffix", ["joblib", "joblib.z", "joblib.gz", "joblib.bz2", "joblib.xz", "joblib.lzma"])
def test_joblib_file_of_each_compression_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"fitted.{suffix}"
    joblib.dump(fitted(), path)
    assert load(path.read_bytes()).predict(ROWS).tolist() == fitted().predict(ROWS).tolist()


@pytest.mark.parametrize("protocol", [0, 2, 3, 4, 5])
def test_pickle_of_each_protocol_is_read(protocol: int) -> None:
    read = load(pickle.dumps(fitted(), protocol))
    assert read.coef_.tolist() == fitted().coef_.tolist()


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, random_state=0),
        HistGradientBoostingClassifier(max_iter=5),
        KNeighborsClassifier(algorithm="kd_tree"),
        KNeighborsClassifier(algorithm="ball_tree"),
        SGDClassifier(random_state=0),
        make_pipeline(FunctionTransformer(np.cbrt), StandardScaler(), LogisticRegression()),
        GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, scoring="roc_auc"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_estimators_with_compiled_parts_are_read(tmp_path: Path, estimator: Any) -> None:
    estimator.fit(ROWS, CLASSES)
    joblib.dump(estimator, tmp_path / "fitted.joblib")
    read = load((tmp_path / "fitted.joblib").read_bytes())
    assert (read.predict(ROWS) == estimator.predict(ROWS)).all()


def test_gaussian_process_with_kernels_is_read() -> None:
    estimator = GaussianProcessRegressor(RBF() + WhiteKernel(), optimizer=None).fit(ROWS, ROWS[:, 0])
    assert load(pickle.dumps(estimator)).predict(ROWS).tolist() == estimator.predict(ROWS).tolist()


def test_columns_chosen_with_a_pandas_index_are_read() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": ["x", "y", "x", "y"]})
    step = ColumnTransformer([("n", StandardScaler(), frame.columns[:1]), ("c", OneHotEncoder(), frame.columns[1:])])
    estimator = make_pipeline(step, LogisticRegression()).fit(frame, [0, 1, 0, 1])
    assert load(pickle.dumps(estimator)).predict(frame).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("distribution", [scipy.stats.loguniform(0.1, 10), scipy.stats.randint(1, 5)], ids=["C", "n"])
def test_distributions_of_a_random_search_are_left_unread(distribution: Any) -> None:
    search = RandomizedSearchCV(LogisticRegression(), {"C": distribution}, n_iter=2, random_state=0)
    search.fit(ROWS, CLASSES)
    read = load(pickle.dumps(search))
    assert (read.predict(ROWS) == search.predict(ROWS)).all()
    assert type(read.param_distributions["C"]).__name__ == "Unread"


@pytest.mark.parametrize(
    "step", [IterativeImputer(max_iter=1, random_state=0), FeatureAgglomeration(2), BisectingKMeans(2, random_state=0)]
)
def test_steps_with_functions_and_tuples_of_their_own_are_read(step: Any) -> None:
    step.fit(ROWS)
    assert (load(pickle.dumps(step)).transform(ROWS) == step.transform(ROWS)).all()


def test_skops_file_is_read(tmp_path: Path) -> None:
    forest = RandomForestClassifier(3, random_state=0).fit(ROWS, CLASSES)
    skops.io.dump(forest, tmp_path / "fitted.skops")
    assert (load((tmp_path / "fitted.skops").read_bytes()).predict(ROWS) == forest.predict(ROWS)).all()


def test_skops_file_of_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sklearn.base.__version__", "1.5.2")
    skops.io.dump(fitted(), tmp_path / "fitted.skops")
    monkeypatch.undo()
    error = refused((tmp_path / "fitted.skops").read_bytes())
    assert (error.reason, error.values["version"]) == ("version", "1.5.2")


def test_skops_file_with_own_code_is_refused(tmp_path: Path) -> None:
    skops.io.dump(make_pipeline(FunctionTransformer(os.getcwd), fitted()), tmp_path / "fitted.skops")
    assert refused((tmp_path / "fitted.skops").read_bytes()).values["name"] == "getcwd"


def hostile(tmp_path: Path) -> dict[str, tuple[Any, str]]:
    """Objects that would leave a file behind, each with the name in its refusal."""
    target = str(tmp_path / "ran")
    np.save(tmp_path / "array.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return {
        "os.system": (Calls(os.system, f"touch {target}"), "system"),
        "eval": (Calls(eval, f"open({target!r}, 'w')"), "eval"),
        "exec": (Calls(exec, f"open({target!r}, 'w')"), "exec"),
        "getattr": (Calls(getattr, "text", "upper"), "getattr"),
        "open": (Calls(open, target, "w"), "open"),
        "numpy.load": (Calls(np.load, str(tmp_path / "array.npy"), None), "load"),
        "numpy.memmap": (Calls(np.memmap, target, "float64", "w+"), "memmap"),
        "numpy.savetxt": (Calls(np.savetxt, target, [1.0]), "savetxt"),
        "joblib.load": (Calls(joblib.load, target), "load"),
        "pandas.read_pickle": (Calls(pd.read_pickle, target), "read_pickle"),
        "partial": (Calls(functools.partial(os.system, f"touch {target}")), "system"),
        "estimator called": (Calls(LogisticRegression), "LogisticRegression"),
        "checker called": (Calls(sklearn.utils.validation.check_array, [[1.0]]), "check_array"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "os.system",
        "eval",
        "exec",
        "getattr",
        "open",
        "numpy.load",
        "numpy.memmap",
        "numpy.savetxt",
        "joblib.load",
        "pandas.read_pickle",
        "partial",
        "estimator called",
        "checker called",
    ],
)
def test_call_of_anything_else_is_refused_by_name(tmp_path: Path, case: str) -> None:
    value, name = hostile(tmp_path)[case]
    error = refused(pickle.dumps({"model": value}))
    assert (error.reason, error.values["name"]) == ("untrusted", name)
    assert not (tmp_path / "ran").exists()


def test_objects_inside_an_array_of_joblib_are_guarded_too(tmp_path: Path) -> None:
    joblib.dump(np.array([Calls(os.system, f"touch {tmp_path / 'ran'}")], dtype=object), tmp_path / "f.joblib")
    assert refused((tmp_path / "f.joblib").read_bytes()).values["name"] == "system"
    assert not (tmp_path / "ran").exists()


def test_instance_instructions_of_protocol_0_are_refused() -> None:
    assert refused(b"(S'ls'\nios\nsystem\n.").values["name"] == "INST"
    assert refused(b"(cnumpy\ndtype\nS'f8'\no.").values["name"] == "OBJ"


def test_state_given_to_a_class_is_refused() -> None:
    state = b"csklearn.linear_model._logistic\nLogisticRegression\n(N}X\x07\x00\x00\x00predictK\x01stb."
    assert refused(b"\x80\x02" + state).values["name"] == "LogisticRegression"


def test_dunder_state_is_refused() -> None:
    estimator = fitted()
    estimator.__dict__["__class__"] = dict
    assert refused(pickle.dumps(estimator)).values["name"] == "LogisticRegression.__class__"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.base", "os.system"),
        ("sklearn.utils._testing", "TempMemmap"),
        ("sklearn.externals._packaging.version", "Version"),
        ("sklearn.utils.parallel", "Parallel"),
        ("sklearn.datasets._base", "load_files"),
        ("numpy", "fromfile"),
        ("scipy.io", "loadmat"),
        ("lightgbm.basic", "Dataset"),
        ("antigravity", "geohash"),
    ],
)
def test_name_that_is_no_part_of_an_estimator_is_refused(module: str, name: str) -> None:
    error = refused(pickle.dumps(0)[:2] + f"c{module}\n{name}\n.".encode())
    assert (error.reason, error.values["module"], error.values["name"]) == ("untrusted", module, name)
    assert "antigravity" not in sys.modules


def test_codecs_are_called_for_bytes_only() -> None:
    assert load(pickle.dumps({"a": b"\xff\x00"}, 2)) == {"a": b"\xff\x00"}
    codec = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x04\x00\x00\x00idna\x86R."
    assert refused(codec).values["name"] == "encode"


def write(tmp_path: Path, data: bytes) -> Path:
    """A file with these bytes."""
    path = tmp_path / "fitted.joblib"
    path.write_bytes(data)
    return path


def refusal(path: Path) -> str:
    """The English sentence of a refusal."""
    with pytest.raises(Refusal) as caught:
        read_estimator(path)
    return caught.value.detail[1]


@pytest.fixture
def without_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process only: the process of its own has its own tests."""
    monkeypatch.setattr("training.new.estimators.try_in_child", lambda _: None)


def test_estimator_is_read_in_a_process_and_then_here(tmp_path: Path) -> None:
    read = read_estimator(write(tmp_path, pickle.dumps(fitted())))
    assert read.predict(ROWS).tolist() == fitted().predict(ROWS).tolist()


def test_program_call_is_refused_in_the_process_of_its_own(tmp_path: Path) -> None:
    data = pickle.dumps(Calls(os.system, f"touch {tmp_path / 'ran'}"))
    assert "calls posix.system" in refusal(write(tmp_path, data))
    assert not (tmp_path / "ran").exists()


def test_endless_work_is_stopped() -> None:
    nested: Any = ()
    for _ in range(64):
        nested = (nested, nested)
    data = pickle.dumps(Calls(frozenset, [nested]))
    with pytest.raises(Unreadable) as caught:
        try_in_child(data, seconds=3)
    assert (caught.value.reason, caught.value.values) == ("time", {"limit": "3 s"})


def test_memory_bomb_is_stopped() -> None:
    with pytest.raises(Unreadable) as caught:
        try_in_child(pickle.dumps(Calls(bytearray, 2**36)), memory=2**31)
    assert caught.value.reason == "memory"


@pytest.mark.usefixtures("without_child")
def test_own_class_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("notebook_code")
    own = type("Ratio", (), {"__module__": "notebook_code"})
    module.Ratio = own  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "notebook_code", module)
    sentence = refusal(write(tmp_path, pickle.dumps(own())))
    assert sentence.startswith("Ratio (notebook_code) is code of your own")


@pytest.mark.usefixtures("without_child")
def test_class_of_main_is_refused_by_name(tmp_path: Path) -> None:
    sentence = refusal(write(tmp_path, b"\x80\x02c__main__\nSurface\n."))
    assert sentence.startswith("Surface (__main__) is code of your own")


@pytest.mark.usefixtures("without_child")
def test_lambda_is_refused(tmp_path: Path) -> None:
    step = FunctionTransformer(lambda rows: rows * 2)
    sentence = refusal(write(tmp_path, cloudpickle.dumps(make_pipeline(step, LogisticRegression()))))
    assert "holds a function of a notebook or a lambda" in sentence


@pytest.mark.usefixtures("without_child")
@pytest.mark.parametrize("module", ["torch.nn.modules.linear", "keras.src.models.sequential"])
def test_neural_network_of_another_library_is_refused(tmp_path: Path, module: str) -> None:
    sentence = refusal(write(tmp_path, f"\x80\x02c{module}\nModel\n.".encode("latin1")))
    assert f"neural network of {module.split('.', maxsplit=1)[0]}" in sentence


@pytest.mark.usefixtures("without_child")
def test_other_version_is_refused_with_both_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sklearn.base.__version__", "1.5.2")
    data = pickle.dumps(make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, CLASSES))
    monkeypatch.undo()
    monkeypatch.setattr("training.new.estimators.try_in_child", lambda _: None)
    sentence = refusal(write(tmp_path, data))
    assert "comes from scikit-learn 1.5.2" in sentence
    assert f"pip install scikit-learn=={sklearn.__version__}" in sentence


@pytest.mark.usefixtures("without_child")
def test_class_that_an_older_version_had_is_told_as_a_version(tmp_path: Path) -> None:
    data = b"\x80\x02}(X\x10\x00\x00\x00_sklearn_versionX\x05\x00\x00\x001.6.1ucsklearn._loss.gone\nLoss\n."
    assert "comes from scikit-learn 1.6.1" in refusal(write(tmp_path, data))


@pytest.mark.usefixtures("without_child")
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_truncated_file_is_refused(tmp_path: Path, compress: Any) -> None:
    joblib.dump(fitted(), tmp_path / "whole.joblib")
    data = compress((tmp_path / "whole.joblib").read_bytes())
    sentence = refusal(write(tmp_path, data[: len(data) // 2]))
    assert "truncated or damaged" in sentence


@pytest.mark.usefixtures("without_child")
def test_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost.core", None)
    monkeypatch.setitem(sys.modules, "catboost", None)
    assert "needs catboost" in refusal(write(tmp_path, b"\x80\x02ccatboost.core\nCatBoostClassifier\n."))


@pytest.mark.usefixtures("without_child")
@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ({"model": fitted(), "date": 1}, "the estimator is at `model`"),
        ((1, fitted()), "the estimator is at `1`"),
        (np.zeros(3), "holds an object of type ndarray, no estimator"),
        (LogisticRegression(), "LogisticRegression is not fitted"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "Pipeline is not fitted"),
        (StandardScaler().fit(ROWS), "StandardScaler predicts nothing"),
        (make_pipeline(StandardScaler(), DBSCAN()).fit(ROWS), "DBSCAN can answer only for its training rows"),
        (
            make_pipeline(FunctionTransformer(np.fromfile), LogisticRegression()),
            "holds numpy.fromfile, which is not on",
        ),
        (GridSearchCV(LogisticRegression(), {"C": [1]}, refit=False).fit(ROWS, CLASSES), "refit=True"),
    ],
    ids=str,
)
def test_object_that_does_not_predict_is_refused(tmp_path: Path, held: Any, sentence: str) -> None:
    assert sentence in refusal(write(tmp_path, pickle.dumps(held)))


def test_empty_and_missing_files_are_refused(tmp_path: Path) -> None:
    assert "is empty" in refusal(write(tmp_path, b""))
    assert "no file" in refusal(tmp_path / "nowhere.joblib")


@pytest.mark.usefixtures("without_child")
def test_file_of_something_else_is_refused(tmp_path: Path) -> None:
    assert "cannot be read as an estimator" in refusal(write(tmp_path, b"a,b\n1,2\n" * 20))


def test_process_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Unreadable) as caught:
        try_in_child(pickle.dumps(1), timeout=0.01)
    assert (caught.value.reason, caught.value.values) == ("time", {"limit": "0 s"})


def test_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.new.estimators._CHILD", Path("missing_child.py"))
    with pytest.raises(Unreadable) as caught:
        try_in_child(b"x")
    assert caught.value.reason == "died"


def test_estimator_of_a_notebook_is_checked() -> None:
    check_estimator(fitted())
    with pytest.raises(Refusal):
        check_estimator("a text")
