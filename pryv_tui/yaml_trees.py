"""Read YAML that others wrote, for example a platform's settings and compose files, safely.

Trees are built from the parser's events, which execute nothing. Tags are ignored (compose has its
own, `!reset` and `!override`), and words stay text, so there are no invalid dates. The unfolded
size of aliases is limited, and nothing can contain itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from pryv_tui.decoding import Undecodable
from pryv_tui.phrases import cut

Tree: TypeAlias = "str | list[Any] | dict[str, Any] | None"

LARGEST = 256 << 10
"""Size limit in bytes of a file read as YAML; the files of Pryv.io's releases have 30 KB at
most."""
DEPTH = 64
NODES = 100_000
"""How many values a file may have after unfolding; the files of Pryv.io's releases have some
2,000."""
_NOTHING = ("", "~", "null", "Null", "NULL")


def decode_yaml(content: bytes) -> Tree:
    """Return the first document, as mappings, lists and text; a plain null is None.

    Raises:
        Undecodable: the content is not YAML, or has more values than the limits allow.
    """
    return _Builder().build(yaml_events(content))


def yaml_events(content: bytes) -> Iterator[Any]:
    """Yield the events of PyYAML's parser to the end of the file, not only of the first document.

    Raises:
        Undecodable: from here on it is not YAML.
    """
    # Loaded here: usually no YAML is read.
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        yield from yaml.parse(content.decode("utf-8", "replace"), Loader=loader)
    except yaml.YAMLError as error:
        raise Undecodable(" ".join(str(error).split())) from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise Undecodable(str(error)) from error


class _Open:
    """A mapping or a list that has not ended yet."""

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.at_key = isinstance(value, dict)
        self.merged: list[dict[str, Any]] = []
        """The mappings that `<<` names: they are used for keys that the mapping itself does not
        have."""
        self.nodes = 1


class _Builder:
    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._named: dict[str, tuple[Tree, int]] = {}
        """For each anchor: its value, and the number of values that it unfolds to."""
        self._result: Tree = None

    def build(self, events: Iterable[Any]) -> Tree:
        import yaml

        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                nothing = not event.style and event.value in _NOTHING
                self._put(None if nothing else str(event.value), 1, event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in self._named:
                    raise Undecodable(f"the alias {event.anchor} names nothing before it")
                self._put(*self._named[event.anchor], None)
            elif isinstance(event, yaml.CollectionStartEvent):
                if len(self._open) == DEPTH:
                    raise Undecodable(f"it is nested more than {DEPTH} times")
                mapping = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open({} if mapping else [], event.anchor))
            elif isinstance(event, yaml.CollectionEndEvent):
                done = self._open.pop()
                if isinstance(done.value, dict):
                    for merged in done.merged:
                        done.value = {**merged, **done.value}
                self._put(done.value, done.nodes, done.anchor)
            elif isinstance(event, yaml.DocumentEndEvent):
                break
        return self._result

    def _put(self, value: Tree, nodes: int, anchor: str | None) -> None:
        """Put a complete value into the open mapping or list."""
        if anchor is not None:
            self._named[anchor] = (value, nodes)
        if not self._open:
            self._result = value
            return
        holder = self._open[-1]
        holder.nodes += nodes
        if holder.nodes > NODES:
            raise Undecodable(f"it unfolds to more than {NODES} values")
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.at_key:
            holder.key = value if isinstance(value, str) else cut(str(value), 100)
            holder.at_key = False
        else:
            key, holder.at_key = holder.key or "", True
            if key == "<<":
                several = value if isinstance(value, list) else [value]
                holder.merged += [one for one in several if isinstance(one, dict)]
            else:
                holder.value[key] = value
