"""The live view: what channels do while they do it, in a notebook and in a terminal."""

from async_channel.monitoring.history import ChannelState, ConsumerState, State
from async_channel.monitoring.monitor import Monitor
from async_channel.monitoring.readings import Trouble
from async_channel.monitoring.screens import Screen

__all__ = ["ChannelState", "ConsumerState", "Monitor", "Screen", "State", "Trouble"]
