"""One module a store, each with the same few functions: prepare, dump, check, restore, compare.

What a vendor's tool says, and when it lies, is decided here, in one place a tool.
"""

from __future__ import annotations

from pryv_tui.operations.stores.base import StoreModule
from pryv_tui.operations.stores.influxdb import InfluxDB
from pryv_tui.operations.stores.mongodb import MongoDB
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.operations.stores.sqlite import SQLite

STORES: dict[str, StoreModule] = {
    module.name: module for module in (MongoDB(), InfluxDB(), Redis(), SQLite())
}

__all__ = ["STORES", "StoreModule"]
