"""Which classes and functions a file of a fitted estimator may name, and which of these may be called while it is read.

A pickle is a program: it names classes and functions, and calls them. Here it may name estimators and the plain data
inside them, and call only the few functions that put an array or a tree together again. It is defence in depth, no
proof: the compiled code of a library reads the state that a file gives it.
"""

import functools
from importlib import import_module
from types import BuiltinFunctionType, FunctionType
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

LIBRARIES = ("sklearn", "lightgbm", "xgboost", "catboost")

_MODULES = (
    "sklearn._loss.",
    "sklearn.calibration",
    "sklearn.cluster._",
    "sklearn.compose._",
    "sklearn.covariance._",
    "sklearn.ensemble._",
    "sklearn.feature_extraction.",
    "sklearn.gaussian_process.kernels",
    "sklearn.impute._",
    "sklearn.linear_model._",
    "sklearn.metrics._dist_metrics",
    "sklearn.metrics._scorer",
    "sklearn.model_selection._split",
    "sklearn.neighbors._",
    "sklearn.neural_network._",
    "sklearn.preprocessing._",
    "sklearn.tree._",
    "sklearn.utils._bunch",
    "sklearn.utils._metadata_requests",
)
"""Modules of scikit-learn whose classes are data of estimators: losses, trees, kernels, splitters."""

_FUNCTION_MODULES = (
    "sklearn.metrics._classification",
    "sklearn.metrics._ranking",
    "sklearn.metrics._regression",
    "sklearn.metrics.pairwise",
    "sklearn.metrics.cluster._",
    "sklearn.feature_selection._univariate_selection",
    "sklearn.feature_selection._mutual_info",
)
"""Modules of scikit-learn whose functions an estimator may hold: figures, distances, tests. None opens a file."""

_NAMED = {
    "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
    "collections": "Counter OrderedDict defaultdict",
    "copyreg": "_reconstructor",
    "datetime": "date datetime timedelta timezone",
    "decimal": "Decimal",
    "functools": "partial",
    "_codecs": "encode",
    "numpy": "average clip dtype log10 matrix max mean median min nan_to_num nanmean nanmedian ndarray ravel round "
    "squeeze std sum var",
    "numpy.ma": "MaskedArray",
    "numpy.ma.core": "MaskedArray _mareconstruct",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.core.numeric": "_frombuffer",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64 PCG64DXSM",
    "numpy.random._philox": "Philox",
    "numpy.random._sfc64": "SFC64",
    "scipy.interpolate._bsplines": "BSpline _BSpline",
    "scipy.interpolate._interpolate": "PPoly interp1d",
    "scipy.sparse._csr": "csr_array csr_matrix",
    "scipy.sparse._csc": "csc_array csc_matrix",
    "scipy.sparse._coo": "coo_array coo_matrix",
    "pandas": "CategoricalDtype Index RangeIndex StringDtype",
    "pandas.arrays": "ArrowStringArray StringArray",
    "pandas.core.indexes.base": "_new_Index",
    "pyarrow.lib": "_restore_array py_buffer type_for_alias",
    "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
    "sklearn.preprocessing._function_transformer": "_identity",
    "sklearn.utils.validation": "check_array",
    "catboost.core": "CatBoost CatBoostClassifier CatBoostRanker CatBoostRegressor",
    "lightgbm.basic": "Booster",
    "xgboost.core": "Booster",
}
"""Further names, by module."""

_CALLED = {
    "builtins": "bytearray complex frozenset range set slice",
    "collections": "Counter OrderedDict defaultdict",
    "copyreg": "_reconstructor",
    "datetime": "date datetime timedelta timezone",
    "decimal": "Decimal",
    "functools": "partial",
    "_codecs": "encode",
    "numpy": "dtype",
    "numpy.ma.core": "_mareconstruct",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.core.numeric": "_frombuffer",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "__pyx_unpickle_SeedSequence",
    "pandas": "StringDtype",
    "pandas.core.indexes.base": "_new_Index",
    "pyarrow.lib": "_restore_array py_buffer type_for_alias",
}
"""What a file may call, besides the compiled classes of scikit-learn that are called to be made again."""

_CALLED_MODULES = (
    "sklearn._loss._loss",
    "sklearn.linear_model._sgd_fast",
    "sklearn.metrics._dist_metrics",
    "sklearn.neighbors._ball_tree",
    "sklearn.neighbors._kd_tree",
    "sklearn.tree._tree",
    "sklearn.tree._criterion",
    "sklearn.tree._splitter",
)
"""Compiled modules whose classes, and whose own functions of reconstruction, a file may call."""

_UFUNC_MODULES = ("numpy", "scipy.special")


class Untrusted(Exception):
    """A file names or calls what it may not. Nothing of it was run.

    Attributes:
        module: of the class or the function.
        name: of the class or the function.
    """

    def __init__(self, module: str, name: str) -> None:
        super().__init__(f"{module}.{name}")
        self.module = module
        self.name = name


class Unread:
    """Stands for an object that no answer of an estimator needs: the distributions of a random search.

    Those of SciPy run text of the file as code when they are read; discrete ones hold functions of `numpy.vectorize`.
    """

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """An object without any content."""
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Ignore the state."""


def attribute_of_unread(target: object, _name: str) -> Unread:
    """Stands for `getattr`, by which a file holds the methods of an object: only those of one that is not read."""
    if isinstance(target, Unread):
        return Unread()
    raise Untrusted("builtins", "getattr")


def find_trusted(module: str, name: str) -> Any:
    """The class or the function of that name.

    A module outside the libraries is not even imported.

    Raises:
        Untrusted: it is not on the list.
        ImportError: the library is not installed, or its version has no such module.
        AttributeError: the module has no such name.
    """
    if module.startswith("scipy.stats.") or (module, name) == ("numpy", "vectorize"):
        return Unread
    if (module, name) == ("builtins", "getattr"):
        return attribute_of_unread
    if not name.isidentifier():
        raise Untrusted(module, name)
    if name in _NAMED.get(module, "").split():
        return getattr(import_module(module), name)
    root = module.partition(".")[0]
    if (
        root not in LIBRARIES
        and module not in _UFUNC_MODULES
        and not module.startswith(("numpy.dtypes", "scipy.special"))
    ):
        raise Untrusted(module, name)
    if _is_of_tests(module):
        raise Untrusted(module, name)
    found = getattr(import_module(module), name)
    if not _is_trusted(found, module, name):
        raise Untrusted(module, name)
    return found


def may_call(function: Any) -> bool:
    """Whether a file may call this class or function while it is read."""
    if function in (Unread, attribute_of_unread):
        return True
    module, name = getattr(function, "__module__", "") or "", getattr(function, "__name__", "")
    if module.startswith(_CALLED_MODULES) and isinstance(function, type | BuiltinFunctionType | FunctionType):
        return True
    if name.startswith(("__pyx_unpickle_", "newObj")) and not isinstance(function, type):
        return True  # only those of the list are ever found
    return any(function is one for one in _callables())


def may_hold(value: Any) -> bool:
    """Whether a state may be given to this object: never to a class, a function or a module, which all files share."""
    return not isinstance(value, type | FunctionType | BuiltinFunctionType | np.ufunc | type(np))


def _is_trusted(found: Any, module: str, name: str) -> bool:
    if isinstance(found, np.ufunc):
        return True
    if isinstance(found, type):
        return _is_trusted_class(found, module)
    if name.startswith("__pyx_unpickle_") or name == "newObj":
        return module.startswith("sklearn.")
    is_function = isinstance(found, FunctionType) and found.__module__ == module and not name.startswith("_")
    return is_function and module.startswith(_FUNCTION_MODULES)


def _is_trusted_class(found: type, module: str) -> bool:
    if found.__module__.partition(".")[0] not in ("numpy", *LIBRARIES):
        return False
    if issubclass(found, BaseEstimator | np.generic | np.dtype):
        return True
    return found.__module__ == module and module.startswith(_MODULES)


def _is_of_tests(module: str) -> bool:
    """Whether a module belongs to a library's own tests, data sets or bundled packages."""
    parts = module.split(".")
    return bool({"tests", "datasets", "externals", "testing", "_testing", "conftest"}.intersection(parts))


@functools.cache
def _callables() -> tuple[Any, ...]:
    return tuple(_present(_CALLED))


def _present(table: dict[str, str]) -> list[Any]:
    found = []
    for module, names in table.items():
        try:
            home = import_module(module)
        except ImportError:  # the module has another name in this version of the library
            continue
        found += [getattr(home, name) for name in names.split() if hasattr(home, name)]
    return found
