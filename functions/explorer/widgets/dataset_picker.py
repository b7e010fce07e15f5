"""The widgets that choose a data set: folder, file, upload."""

from io import BytesIO
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from functions.explorer import messages
from functions.explorer.errors import ExplorerError
from functions.explorer.session import format_count, option_labels, settings, show_errors, translate
from functions.explorer.tables import files
from functions.explorer.tables.column_types import unique_names
from functions.explorer.tables.reader import read_table
from functions.explorer.tables.table import Limits, Table
from shared.i18n import fill

UPLOADED = "uploaded"
"""Session key of the uploaded data set."""
UPLOAD_ID = "upload_id"
"""Session key of the last uploaded file's identifier: a rerun does not read it again."""
MAX_UPLOAD_SIZE = 50
"""Largest upload, in MiB."""


def pick_dataset() -> Table | None:
    """Show the widgets and return the chosen data set; None after an error, which is shown."""
    root = Path(settings().data_root)
    left, right = st.columns(2)
    with left:
        folder = st.selectbox(
            translate(messages.FOLDER),
            files.list_folders(root),
            accept_new_options=True,
            format_func=option_labels({".": messages.ROOT}),
            key="folder",
            help=translate(messages.FOLDER_HELP, root=root),
            persist_state="session",
        )
    table = None
    with show_errors():
        in_folder = {file.name: file for file in files.list_data_files(root, folder or ".")}
        _show_upload([*in_folder])
        with right:
            uploaded = _uploaded_table([*in_folder])
            name = _choose_name([*uploaded, *in_folder], folder)
        table = uploaded[name] if name in uploaded else _load(in_folder[name])
        _describe(table)
    return table


def _choose_name(names: list[str], folder: str) -> str:
    """Show the list of data sets. Raises ExplorerError: it is empty."""
    if not names:
        raise ExplorerError(fill(messages.NO_DATA, folder=folder, formats=", ".join(sorted(files.FORMATS))))
    return st.selectbox(translate(messages.DATA_SET), names, key="dataset", persist_state="session")


def _uploaded_table(names: list[str]) -> dict[str, Table]:
    """The uploaded data set by a name that differs from these; empty without an upload."""
    table: Table | None = st.session_state.get(UPLOADED)
    return {_new_name(names, table.name): table} if table else {}


def _new_name(names: list[str], name: str) -> str:
    return unique_names([*names, name])[-1]


def _show_upload(names: list[str]) -> None:
    """Show the uploader and read a new upload into this session's memory.

    Raises:
        ExplorerError: it cannot be read.
    """
    with st.expander(translate(messages.UPLOAD), icon=":material/upload:"):
        extensions = [suffix.removeprefix(".") for suffix in files.FORMATS]
        label = translate(messages.UPLOAD_LABEL, limit=MAX_UPLOAD_SIZE)
        upload = st.file_uploader(label, extensions, key="upload", max_upload_size=MAX_UPLOAD_SIZE)
    if upload is not None and st.session_state.get(UPLOAD_ID) != upload.file_id:
        st.session_state[UPLOAD_ID] = upload.file_id
        st.session_state.pop(UPLOADED, None)
        st.session_state[UPLOADED] = read_table(_source(upload), Limits(rows=settings().max_rows))
        st.session_state["dataset"] = _new_name(names, upload.name)


def _source(upload: UploadedFile) -> files.Source:
    suffix = Path(upload.name).suffix.lower()
    content = upload.getvalue()
    return files.Source(upload.name, files.FORMATS[suffix], len(content), lambda: BytesIO(content))


def _load(file: files.DataFile) -> Table:
    with st.spinner(translate(messages.READING, name=file.name)):
        return _read(file.path, file.size, file.modified, settings().max_rows)


@st.cache_data(max_entries=4, show_spinner=False)
def _read(path: str, size: int, modified: int, rows: int) -> Table:
    return read_table(files.DataFile(path, size, modified).source(), Limits(rows=rows))


def _describe(table: Table) -> None:
    """Show whether the rows are a sample, and how the file was read."""
    if table.sampled:
        count = format_count(table.rows)
        rows: object = count if table.exact else fill(messages.ESTIMATE, rows=count)
        st.info(translate(messages.SAMPLE, kept=format_count(len(table.frame)), rows=rows), icon=":material/casino:")
    if table.notes:
        st.caption(" · ".join(translate(note) for note in table.notes))
