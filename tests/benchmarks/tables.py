"""What a benchmark printed, as far as tests look at it."""

from benchmarks.measure import Table


def lines(table: Table, columns: int = 1) -> list[str]:
    """What each row is about, its first columns; every row must have all its cells and a figure."""
    found = []
    for row in table.rows:
        assert len(row) == len(table.head), (table.head, row)
        assert any(character.isdigit() for cell in row[columns:] for character in cell), row
        found.append(", ".join(row[:columns]))
    assert table.markdown().startswith(f"### {table.title}\n")
    return found
