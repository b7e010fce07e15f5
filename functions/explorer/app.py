"""The Streamlit app: page settings, language switch, navigation."""

import streamlit as st

from functions.explorer import messages
from functions.explorer.session import choose_language, translate

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#5b3fb5"/>'
    '<path d="M3 12V8h2v4zm4 0V4h2v8zm4 0V6h2v6z" fill="#fff"/></svg>'
)
"""Icon of the browser tab. Inline, because the browser would fetch Streamlit's own icons from another site."""

st.set_page_config(page_title="Augure", page_icon=ICON, layout="wide")
with st.sidebar:
    choose_language()
PAGES = [
    st.Page(
        "views/data.py",
        title=translate(messages.DATA_PAGE),
        icon=":material/table_chart:",
        url_path="donnees",
        default=True,
    ),
    st.Page(
        "views/charts.py", title=translate(messages.CHARTS_PAGE), icon=":material/bar_chart:", url_path="graphiques"
    ),
    st.Page(
        "views/models.py", title=translate(messages.MODELS_PAGE), icon=":material/model_training:", url_path="modeles"
    ),
    st.Page(
        "views/request_log.py",
        title=translate(messages.REQUEST_LOG_PAGE),
        icon=":material/receipt_long:",
        url_path="journal",
    ),
]
st.navigation(PAGES).run()
