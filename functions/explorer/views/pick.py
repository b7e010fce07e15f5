"""The choice of a data set, at the head of the pages that show one."""

from io import BytesIO
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from functions.explorer import texts
from functions.explorer.errors import Refused
from functions.explorer.session import explained, say, settings, whole, worded
from functions.explorer.tables import places
from functions.explorer.tables.reading import Limits, Table, read
from functions.explorer.tables.typed import names
from shared.i18n import fill

UPLOADED = "uploaded"
"""Where a session keeps the data set that was uploaded, once it is read."""
LARGEST_UPLOAD = 50
"""MiB."""


def table() -> Table | None:
    """The data set that is chosen; None where there is none, which is said."""
    root = Path(settings().data_root)
    left, right = st.columns(2)
    with left:
        folder = st.selectbox(
            say(texts.FOLDER),
            places.folders(root),
            accept_new_options=True,
            format_func=worded({".": texts.ROOT}),
            key="folder",
            help=say(texts.FOLDER_HELP, root=root),
            persist_state="session",
        )
    found = None
    with explained():
        files = {file.name: file for file in places.data_files(root, folder or ".")}
        _upload([*files])
        with right:
            own = _uploaded([*files])
            name = _name([*own, *files], folder)
        found = own[name] if name in own else _load(files[name])
        _describe(found)
    return found


def _name(known: list[str], folder: str) -> str:
    """Raises Refused: there is no data set."""
    if not known:
        raise Refused(fill(texts.NO_DATA, folder=folder, formats=", ".join(sorted(places.FORMATS))))
    return st.selectbox(say(texts.DATA_SET), known, key="dataset", persist_state="session")


def _uploaded(files: list[str]) -> dict[str, Table]:
    """The data set that was uploaded, by what it is called beside these files."""
    found: Table | None = st.session_state.get(UPLOADED)
    return {_beside(files, found.name): found} if found else {}


def _beside(files: list[str], name: str) -> str:
    return names([*files, name])[-1]


def _upload(files: list[str]) -> None:
    """Take a file from the reader's machine. It stays in this session's memory.

    Raises:
        Refused: it cannot be read.
    """
    with st.expander(say(texts.UPLOAD), icon=":material/upload:"):
        formats = [suffix.removeprefix(".") for suffix in places.FORMATS]
        given = st.file_uploader(
            say(texts.UPLOAD_LABEL, limit=LARGEST_UPLOAD), formats, key="upload", max_upload_size=LARGEST_UPLOAD
        )
    if given is not None and st.session_state.get("upload_id") != given.file_id:
        st.session_state["upload_id"] = given.file_id
        st.session_state.pop(UPLOADED, None)
        st.session_state[UPLOADED] = read(_source(given), Limits(rows=settings().max_rows))
        st.session_state["dataset"] = _beside(files, given.name)


def _source(given: UploadedFile) -> places.Source:
    suffix = Path(given.name).suffix.lower()
    content = given.getvalue()
    return places.Source(given.name, places.FORMATS[suffix], len(content), lambda: BytesIO(content))


def _load(file: places.DataFile) -> Table:
    with st.spinner(say(texts.READING, name=file.name)):
        return _read(file.path, file.size, file.modified, settings().max_rows)


@st.cache_data(max_entries=4, show_spinner=False)
def _read(path: str, size: int, modified: int, rows: int) -> Table:
    return read(places.DataFile(path, size, modified).source(), Limits(rows=rows))


def _describe(found: Table) -> None:
    """How it was read; that it is a sample, where it is one."""
    if found.sampled:
        rows: object = whole(found.rows) if found.exact else fill(texts.ABOUT, rows=whole(found.rows))
        st.info(say(texts.SAMPLE, kept=whole(len(found.frame)), rows=rows), icon=":material/casino:")
    if found.notes:
        st.caption(" · ".join(say(note) for note in found.notes))
