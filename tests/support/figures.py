"""The figures that a drill prints at its end."""

from collections.abc import Iterable


def print_figures(title: str, figures: Iterable[tuple[str, object]]) -> None:
    """A table of two columns: what was counted, and the figure."""
    rows = [(name, f"{value:.1f}" if isinstance(value, float) else str(value)) for name, value in figures]
    width = max(len(name) for name, _ in rows)
    print(f"\n{title}\n{'-' * len(title)}")
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
