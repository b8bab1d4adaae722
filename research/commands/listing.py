"""`list` and `describe`: what there is to reproduce, and the layers of a model."""

import importlib
import math

import flax.linen as nn
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from research.experiments import UnknownName, entry, names
from research.ledger import records
from research.ledger.table import flags
from research.ledger.works import recorded
from research.models.counting import Layer, layers
from research.models.listing import networks


def list_experiments(console: Console) -> int:
    """Prints every config: paper, data, suite, time of its record, verdicts."""
    works = recorded([entry(name) for name in names()], records.read_all(), lower=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("name, suite, data, time of its record", ratio=1)
    table.add_column("reproduced", no_wrap=True)
    table.add_column("otherwise", max_width=22)
    for work in works:
        candidate = work.entry
        needs = ", ".join(candidate.experiment.needs(candidate.config)) or "embedded"
        seconds = "not recorded" if work.record is None else f"{work.record.seconds:.0f} s"
        done = f"{work.count('reproduced')} of {len(work.judgements)}"
        title = f"[bold]{escape(candidate.name)}[/]  {candidate.suite}, {needs}, {seconds}"
        table.add_row(f"{title}\n[dim]{escape(candidate.title)}[/]", done, flags(work))
    console.print(table)
    console.print("Next: python -m research reproduce NAME    (python -m research run NAME --help shows its fields)")
    return 0


def describe(model: str, console: Console) -> int:
    """Prints the layer table of a model: shapes, weights, connections and MACs of one example.

    Raises:
        UnknownName: no such model; the message names the nearest.
    """
    known = networks()
    if model not in known:
        raise UnknownName("model", model, sorted(known))
    module, shape = known[model]
    found = layers(module, shape)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, show_footer=True)
    totals = {
        name: sum(getattr(layer, name) for layer in found) for name in ("units", "weights", "connections", "macs")
    }
    table.add_column("layer", footer="total", no_wrap=True)
    for symbol in ("N", *"CHWMRSEF", "stride"):
        table.add_column(symbol, justify="right", no_wrap=True)
    for name, total in totals.items():
        table.add_column(name.replace("macs", "MACs"), justify="right", footer=f"{total:,}", no_wrap=True)
    for layer in found:
        table.add_row(layer.name, "1", *_row(layer, totals))
    console.print(_paper(module), highlight=False)
    # A terminal narrower than the table breaks its lines, where rich would cut the numbers.
    wide = Measurement.get(console, console.options.update(max_width=200), table).maximum
    Console(file=console.file, width=max(wide, console.width)).print(table)
    console.print(
        f"One example of {' x '.join(map(str, shape))} = {math.prod(shape)} inputs. N examples, C channels that a unit "
        "reads, H x W input plane, M maps or units, R x S filter, E x F output plane. MACs include those on padding, "
        "weights include biases. Layers without weights are left out.",
        highlight=False,
    )
    return 0


def _paper(module: nn.Module) -> str:
    source = importlib.import_module(type(module).__module__).__doc__ or ""
    return source.strip().splitlines()[0]


def _row(layer: Layer, totals: dict[str, int]) -> list[str]:
    shape = [str(getattr(layer, symbol)) for symbol in (*"CHWMRSEF", "stride")]
    return shape + [f"{getattr(layer, name):,}" for name in totals]
