"""The table: every form of every operator, by the themes of reactivex, and those of async_channel.

A row is one line, ``form("source.filter(is_dear)", "S[Tick]")``: on an Observable called ``source`` of Ticks this gives
an Observable of Ticks; so it does on a Channel, where it is a Stream if async_channel overrides ``filter``; and so does
``source.pipe(ops.filter(is_dear))``. `form.NAMED` has the functions. Rows that are not for ``pipe``, through which mypy
infers none, may have a lambda written out instead.
"""

from tests.typing.forms.combination import COMBINATION
from tests.typing.forms.filtering import FILTERING
from tests.typing.forms.form import CHANNEL, FLUENT, NAMED, PIPE, PREAMBLE, RECEIVERS, TOP, Form, Function, form
from tests.typing.forms.stream import STREAM
from tests.typing.forms.summary import SUMMARY
from tests.typing.forms.top import FUNCTIONS
from tests.typing.forms.transformation import TRANSFORMATION
from tests.typing.forms.utility import UTILITY
from tests.typing.forms.windowing import WINDOWING

__all__ = [
    "CHANNEL",
    "FLUENT",
    "FORMS",
    "NAMED",
    "PIPE",
    "PREAMBLE",
    "RECEIVERS",
    "TOP",
    "Form",
    "Function",
    "form",
]

FORMS = [*TRANSFORMATION, *FILTERING, *COMBINATION, *SUMMARY, *UTILITY, *WINDOWING, *STREAM, *FUNCTIONS]
