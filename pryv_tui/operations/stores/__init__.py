"""One module for each store, all with the same functions: dump, check, restore, compare, wait.

Each module interprets the output of the vendor's tools, and knows where that output misleads.
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
