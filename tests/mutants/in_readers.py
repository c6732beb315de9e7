"""Faults in reading, calling back and sending, and in the inboxes and crews of pipelines."""

from __future__ import annotations

from tests.mutants import scenarios as own
from tests.mutants.fault import Fault, Needs
from tests.promises.explored import clockwork, endings, flow, pipelines

_SEND = """\
            await log.reserve()
            credit = log.credit
        log.credit = credit - 1
        keep = log.keep
        if keep is not None:
            keep(event)
        if log.sleepers:
            log.wake()
"""

FAULTS = [
    # ---- the reader
    Fault(
        name="suspends with an event in its hands",
        broken="`get` suspends after it has taken an event: others overtake it, and a cancellation loses the event.",
        file="util/reader.py",
        old="                    return cursor.log.items[-1]\n",
        new="                    event = cursor.log.items[-1]\n"
        "                    await asyncio.sleep(0)\n"
        "                    return event\n",
        promises=(7,),
        needs=Needs.ORDER,
        killer=own.shared_beside_a_slow_one,
    ),
    Fault(
        name="suspends with a batch in its hands",
        broken="`batches` suspends once more after it has taken a batch, which is lost if it is cancelled there.",
        file="util/reader.py",
        old="                if batch:\n                    yield batch\n",
        new="                if batch:\n                    await asyncio.sleep(0)\n                    yield batch\n",
        promises=(7,),
        needs=Needs.CANCELLATION,
        killer=flow.atomic_fan_out,
    ),
    Fault(
        name="a get that was cancelled stays in line",
        broken="A `get` that was cancelled while it waited is still among those who are to be woken.",
        file="util/reader.py",
        old="                except BaseException:\n"
        "                    cursor.log.forget(waiter)\n"
        "                    raise\n",
        new="                finally:\n                    pass\n",
        promises=(7,),
        needs=Needs.CANCELLATION,
        killer=endings.cancellation,
    ),
    Fault(
        name="the end before what is pending",
        broken="`get` tells of the end as soon as the channel has ended, whatever is still to be read.",
        file="util/reader.py",
        old="            if not cursor.advance(run):\n                self._raise_end()\n                waiter",
        new="            if self.exhausted or not cursor.advance(run):\n                self._raise_end()\n"
        "                waiter",
        promises=(5,),
        needs=Needs.NOTHING,
        killer=endings.completion,
    ),
    Fault(
        name="past the filter",
        broken="An event that `get` waits for is not shown to the filter when it is the only one.",
        file="util/reader.py",
        old="if self._keep is None and cursor.lone(run):",
        new="if cursor.lone(run):",
        promises=(4,),
        needs=Needs.NOTHING,
        killer=own.a_filter_and_get,
    ),
    Fault(
        name="closed, and nobody is told",
        broken="Tasks that wait for an event of a consumer wait on when another task closes it.",
        file="util/reader.py",
        old="    cursor.log.wake()  # other tasks may wait on the same reader\n",
        new="",
        promises=(7,),
        needs=Needs.ORDER,
        killer=own.closing_what_others_read,
    ),
    # ---- callbacks
    Fault(
        name="a cancelled callback holds up the senders",
        broken="When the task that calls back is cancelled, senders wait for it for ever.",
        file="handling/subscription.py",
        old="            self._reader.close()\n            self._tell_gone()\n",
        new="            self._tell_gone()\n",
        promises=(6, 7),
        needs=Needs.CANCELLATION,
        killer=own.a_cancelled_callback,
    ),
    Fault(
        name="a cancelled stop cancels the callbacks",
        broken="Whoever is cancelled while it stops the channel takes the callbacks with it, and what is pending.",
        file="handling/subscriptions.py",
        old="            _, late = await asyncio.wait(running, timeout=timeout)\n",
        new="            late: set[asyncio.Task[None]] = set()\n"
        "            await asyncio.wait_for(asyncio.gather(*running), timeout)\n",
        promises=(5, 7),
        needs=Needs.CANCELLATION,
        killer=endings.completion,
    ),
    Fault(
        name="only the first stop waits",
        broken="A second `stop` returns while callbacks still have events to be called with.",
        file="handling/subscriptions.py",
        old="        self._finishing.add(caller)\n",
        new="        if self._finishing:\n            return\n        self._finishing.add(caller)\n",
        promises=(5,),
        needs=Needs.NOTHING,
        killer=own.stopping_together,
    ),
    # ---- sending
    Fault(
        name="a fan-out in two steps",
        broken="`send` lets the loop run between direct readers and pipelines: cancelled there, some get the event.",
        file="channels/sending.py",
        old=_SEND,
        new=_SEND + "            import asyncio\n            await asyncio.sleep(0)\n",
        promises=(1,),
        needs=Needs.NOTHING,
        killer=flow.ledger,
    ),
    Fault(
        name="re-entrant events the wrong way round",
        broken="Of the events that an observer sends, the last one goes first.",
        file="channels/fanout.py",
        old="self._catch_up(self.postponed.popleft())",
        new="self._catch_up(self.postponed.pop())",
        promises=(9,),
        needs=Needs.NOTHING,
        killer=clockwork.reentrance,
    ),
    Fault(
        name="an end that overtakes",
        broken="An observer that ends the channel ends it for others before they have the event that is on its way.",
        file="channels/fanout.py",
        old="        if self._log.delivering:\n"
        "            self.postponed.append(self._end)\n"
        "        else:\n"
        "            self._end_sinks(self._end)\n",
        new="        self._end_sinks(self._end)\n",
        promises=(5, 9),
        needs=Needs.NOTHING,
        killer=own.an_end_from_inside,
    ),
    # ---- inboxes
    Fault(
        name="a gate that shuts too late",
        broken="An inbox shuts its gates when one event more has come than it has room for.",
        file="util/inbox.py",
        old="        if room <= 1:\n            self._shut_gates()",
        new="        if room <= 0:\n            self._shut_gates()",
        promises=(2,),
        needs=Needs.NOTHING,
        killer=pipelines.several_sources,
    ),
    Fault(
        name="a gate that is never opened",
        broken="Of several channels above an inbox, only one is told that there is room again.",
        file="util/inbox.py",
        old="        for upstream in upstreams.copy():\n            upstream.ungate(self)",
        new="        upstreams[0].ungate(self)",
        promises=(2,),
        needs=Needs.NOTHING,
        killer=pipelines.several_sources,
    ),
    Fault(
        name="conflation keeps the older",
        broken="Of two events of one key the newer is thrown away.",
        file="util/inbox.py",
        old="            log.items[place - next_seq] = event\n",
        new="",
        promises=(3,),
        needs=Needs.NOTHING,
        killer=own.conflation,
    ),
    Fault(
        name="the end is lost",
        broken="The end of a pipeline does not reach its consumer.",
        file="util/inbox.py",
        old="        self.log.close()\n",
        new="        pass\n",
        promises=(5,),
        needs=Needs.NOTHING,
        killer=flow.atomic_fan_out,
    ),
    # ---- crews
    Fault(
        name="two hand on results at once",
        broken="While one worker waits to hand on its result, another hands on the next.",
        file="util/crew.py",
        old="        if self._emptying:\n            return\n",
        new="",
        promises=(1,),
        needs=Needs.ORDER,
        killer=pipelines.in_order_through_coroutines,
    ),
    Fault(
        name="the last of a key goes first",
        broken="Events that wait for one of their key to be done are worked on from the last to the first.",
        file="util/crew.py",
        old="line.jobs.append((event, slot, line, None))",
        new="line.jobs.appendleft((event, slot, line, None))",
        promises=(1,),
        needs=Needs.ORDER,
        killer=pipelines.by_key_and_unordered,
    ),
    Fault(
        name="two of a key at once",
        broken="An event does not wait for the one of its key that is at work.",
        file="util/crew.py",
        old="            line.jobs.append((event, slot, line, None))\n            self._waiting += 1\n",
        new="            return event, slot, None, None\n",
        promises=(1,),
        needs=Needs.ORDER,
        killer=pipelines.by_key_and_unordered,
    ),
    Fault(
        name="ends while others are at work",
        broken="The stream completes when one worker is done, though another has yet to hand on its result.",
        file="util/crew.py",
        old="not self._source_ended or self._working or self._slots",
        new="not self._source_ended or self._slots",
        promises=(5,),
        needs=Needs.ORDER,
        killer=pipelines.by_key_and_unordered,
    ),
    Fault(
        name="results that wait for nobody",
        broken="What coroutines give comes down whether there is room or not.",
        file="util/outlet.py",
        old="        if self.log.credit <= 0:\n            await self.log.reserve()\n",
        new="",
        promises=(2,),
        needs=Needs.NOTHING,
        killer=own.results_wait_for_room,
    ),
    # ---- what needs threads
    Fault(
        name="blind to foreign threads",
        broken="In debug mode, use from a thread that is not the channel's goes unnoticed.",
        file="util/affinity.py",
        old="            if threading.get_ident() != self._thread:\n                raise",
        new="            if self._thread == 0:\n                raise",
        promises=(11,),
        needs=Needs.THREADS,
        killer="tests/promises/test_11_threads.py::test_in_debug_mode_any_other_use_from_another_thread_raises",
    ),
]
