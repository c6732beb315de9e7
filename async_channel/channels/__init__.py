"""Channels, and the registry that holds them by name, in scopes."""

from async_channel.channels.channel import Channel
from async_channel.channels.channels import Channels
from async_channel.channels.keys import ChannelKey
from async_channel.channels.scopes import Scope
from async_channel.handling.subscription import Subscription

__all__ = ["Channel", "ChannelKey", "Channels", "Scope", "Subscription"]
