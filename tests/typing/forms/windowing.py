"""Events together, as lists, as streams, and by key."""

from tests.typing.forms.form import form

WINDOWING = [
    form("source.pairwise()", "S[tuple[Tick, Tick]]"),
    form("source.partition(is_dear)", "list[S[Tick]]"),
    form("source.partition_indexed(is_dear_at)", "list[S[Tick]]"),
    form("source.buffer(orders)", "S[list[Tick]]"),
    form("source.buffer_when(later)", "S[list[Tick]]"),
    form("source.buffer_toggle(words, after_text)", "S[list[Tick]]"),
    form("source.buffer_with_count(2)", "S[list[Tick]]"),
    form("source.buffer_with_count(2, 1)", "S[list[Tick]]"),
    form("source.buffer_with_time(1.0)", "S[list[Tick]]"),
    form("source.buffer_with_time(period, period, scheduler)", "S[list[Tick]]"),
    form("source.buffer_with_time_or_count(1.0, 2)", "S[list[Tick]]"),
    form("source.window(orders)", "S[Observable[Tick]]", stream="Stream[Stream[Tick]]"),
    form("source.window_when(later)", "S[Observable[Tick]]"),
    form("source.window_toggle(words, after_text)", "S[Observable[Tick]]"),
    form("source.window_with_count(2)", "S[Observable[Tick]]"),
    form("source.window_with_time(1.0)", "S[Observable[Tick]]"),
    form("source.window_with_time_or_count(1.0, 2)", "S[Observable[Tick]]"),
    form("source.group_by(symbol_of)", "S[GroupedObservable[str, Tick]]"),
    form("source.group_by(symbol_of, price_of)", "S[GroupedObservable[str, float]]"),
    form("source.group_by(symbol_of, None, make_subject)", "S[GroupedObservable[str, Tick]]"),
    form("source.group_by(symbol_of, price_of, make_price_subject)", "S[GroupedObservable[str, float]]"),
    form("source.group_by_until(symbol_of, None, end_of_group)", "S[GroupedObservable[str, Tick]]"),
    form("source.group_by_until(symbol_of, price_of, end_of_prices)", "S[GroupedObservable[str, float]]"),
    form("source.group_by_until(symbol_of, None, end_of_group, make_subject)", "S[GroupedObservable[str, Tick]]"),
]
