"""The threads that read and predict, and how many of torch each of them has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from types import TracebackType

# Each holds what a network makes of a tile on its way: hundreds of megabytes for a U-Net.
_MOST = 4


class Threads:
    """Threads for reading and for the network: the same ones, unless that runs on a GPU.

    Parameters
    ----------
    is_on_gpu : bool
        Whether the network does.
    """

    def __init__(self, *, is_on_gpu: bool) -> None:
        self._torch_before = torch.get_num_threads()
        count = max(1, min(_MOST, self._torch_before))
        self.reading = ThreadPoolExecutor(count, thread_name_prefix="s2label-scene")
        self.network = self.reading
        if is_on_gpu:
            self.network = ThreadPoolExecutor(2, thread_name_prefix="s2label-network")
        else:
            torch.set_num_threads(max(1, self._torch_before // count))
        # So many pieces of work wait that no thread does while rows are finished.
        self.ahead = 3 * count

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in {self.reading, self.network}:
            pool.shutdown(cancel_futures=True)
        torch.set_num_threads(self._torch_before)

    def drop(self) -> None:
        """Forget what waits, and wait for what is being done."""
        for pool in {self.reading, self.network}:
            pool.shutdown(cancel_futures=True)
