"""Lists the bad inputs: how many of each family; with names of families, their cases."""

from __future__ import annotations

import sys
from collections import Counter

from tests.faults.corpus import CASES


def main(families: list[str]) -> None:
    """Print the table, or the cases of some families."""
    counts = Counter(case.family for case in CASES)
    for family, count in counts.items():
        print(f"{count:4d}  {family}")
        if family in families:
            for case in CASES:
                if case.family == family:
                    print(f"        {case.name}")
    print(f"{len(CASES):4d}  in all")


if __name__ == "__main__":
    main(sys.argv[1:])
