"""How Sphinx makes the pages: `make docs`.

The source folder is the whole repository, so that a link leads to the same page on a code host and here. Which files
are pages, and in what order, says `docs.places`.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # Sphinx runs this file alone

from docs import pages, places  # noqa: E402  its folder is known from here on

project = "async_channel"
author = "the async_channel authors"
copyright = author
version = release = pages.version()

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "docs.pages"]
root_doc = places.FRONT
include_patterns = [f"{page}.*" for page in places.all_pages()]
exclude_patterns = ["**.py", "**.svg", "**.json", *(f"{folder}/**" for folder in places.other_folders())]

# --- pages in Markdown, notebooks
myst_heading_anchors = 4
nb_execution_mode = "off"  # they are committed as they ran; tests run them

# --- the reference
default_role = "py:obj"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

# --- the look
html_theme = "furo"
html_title = "async_channel"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
