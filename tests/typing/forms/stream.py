"""What async_channel's streams have besides: operators of their own, and own forms of reactivex's."""

from tests.typing.forms.form import form

STREAM = [
    form("source.of_type(Tick)", "Stream[Tick]", on="channel"),
    form("source.filter(lambda t: t.symbol and t.price)", "Stream[Tick]", on="channel"),
    form("source.do(watcher)", "Stream[Tick]", on="channel"),
    form("nested.flat_map()", "Stream[Tick]", on="channel"),
    form("source.buffer(count=2)", "Stream[list[Tick]]", on="channel"),
    form("source.buffer(count=2, skip=1)", "Stream[list[Tick]]", on="channel"),
    form("source.buffer(seconds=1.0)", "Stream[list[Tick]]", on="channel"),
    form("source.buffer(seconds=1.0, count=2)", "Stream[list[Tick]]", on="channel"),
    form("source.window(count=2)", "Stream[Stream[Tick]]", on="channel"),
    form("source.window(count=2, skip=1)", "Stream[Stream[Tick]]", on="channel"),
    form("source.window(seconds=1.0)", "Stream[Stream[Tick]]", on="channel"),
    form("source.window(seconds=1.0, count=2)", "Stream[Stream[Tick]]", on="channel"),
    form("source.throttle(1.0)", "Stream[Tick]", on="channel"),
    form("nested.switch()", "Stream[Tick]", on="channel"),
    form("source.join(orders, on=lambda e: str(e), within=1.0)", "Stream[tuple[Tick, Order]]", on="channel"),
    form("source.join(orders, on=(price_of, size_in), within=1.0)", "Stream[tuple[Tick, Order]]", on="channel"),
    form("source.key_by(symbol_of)", "Keyed[str, Tick]", on="channel"),
    form("source.key_by(symbol_of)['a']", "Stream[Tick]", on="channel"),
    form("source.key_by(symbol_of).each(lambda key, s: s.start_with(key.lower()))", "Stream[Tick | str]", on="channel"),
    form("source.matching(symbol='a')", "Stream[Tick]", on="channel"),
    form("source.map_async(lambda t: order_fetched(t.symbol))", "Stream[Order]", on="channel"),
    form("source.map_async(lambda t: order_fetched(t.symbol), 4, by_key=symbol_of)", "Stream[Order]", on="channel"),
    form("source.filter_async(lambda t: is_allowed(t.symbol))", "Stream[Tick]", on="channel"),
    form("source.filter_async(lambda t: is_allowed(t.symbol), 4, by_key=symbol_of)", "Stream[Tick]", on="channel"),
    form("source.flat_map_async(lambda t: orders_paged(t.symbol))", "Stream[Order]", on="channel"),
    form("source.flat_map_async(lambda t: orders_paged(t.symbol), 4, by_key=symbol_of)", "Stream[Order]", on="channel"),
    form("source.via(ops.take(1))", "Stream[Tick]", on="channel"),
    form("source.via(ops.pairwise())", "Stream[tuple[Tick, Tick]]", on="channel"),
]
