"""Reading YAML that others wrote, such as a platform's settings and compose files: total.

A tree is made of the parser's events, none of which acts: tags are passed over (compose has its
own, `!reset` and `!override`), and words stay words, so that no date can be impossible. What
repeats itself by aliases is bounded by what it unfolds to, and nothing can hold itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from pryv_tui.decoding import Undecodable
from pryv_tui.phrases import cut

Tree: TypeAlias = "str | list[Any] | dict[str, Any] | None"

LARGEST = 256 << 10
"""Bytes of the largest file that is read as YAML: the releases' own have 30 KB at most."""
DEPTH = 64
NODES = 100_000
"""How many values a file may unfold to; the releases' own have some 2,000."""
_NOTHING = ("", "~", "null", "Null", "NULL")


def decode_yaml(content: bytes) -> Tree:
    """The first document: mappings, lists and words; a word that means nothing is None.

    Raises:
        Undecodable: it is no YAML, or unfolds beyond all bounds.
    """
    return _Builder().build(yaml_events(content))


def yaml_events(content: bytes) -> Iterator[Any]:
    """What PyYAML's parser meets, to the end of the file, behind the first document too.

    Raises:
        Undecodable: from there on it is no YAML.
    """
    # Late: as a rule no YAML is read.
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        yield from yaml.parse(content.decode("utf-8", "replace"), Loader=loader)
    except yaml.YAMLError as error:
        raise Undecodable(" ".join(str(error).split())) from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise Undecodable(str(error)) from error


class _Open:
    """A mapping or a list that is not at its end."""

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.at_key = isinstance(value, dict)
        self.merged: list[dict[str, Any]] = []
        """What `<<` names: it counts where the mapping itself does not say something."""
        self.nodes = 1


class _Builder:
    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._named: dict[str, tuple[Tree, int]] = {}
        """Of each anchor what it names, and to how many values that unfolds."""
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
        """Take a value that is whole."""
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
