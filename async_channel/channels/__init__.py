"""Channels, and the registry that holds them by name."""

from async_channel.channels.channel import Channel
from async_channel.channels.channels import ChannelKey, Channels
from async_channel.handling.subscription import Subscription

__all__ = ["Channel", "ChannelKey", "Channels", "Subscription"]
