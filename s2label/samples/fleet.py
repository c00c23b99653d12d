"""Where the vessels of the coast scene lie: berths, anchorage, fairway, inshore waters."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from s2label.samples import vessels
from s2label.samples.harbour import Berth
from s2label.samples.noise import FloatImage
from s2label.samples.spectra import Material
from s2label.samples.vessels import Vessel

_MAKES: tuple[tuple[tuple[Material, ...] | None, float, float, float], ...] = (
    (vessels.TANKER, 16, 28, 6.2), (vessels.BULKER, 14, 25, 6.4), (None, 15, 34, 7.0),
    (vessels.COASTER, 7, 13, 5.4), (vessels.FERRY, 10, 19, 5.8),
)  # fmt: skip
"""Deck (None: containers), least and greatest length in 10 m pixels, length over width."""
_STACKS = (Material.RUST, Material.METAL_ROOF, Material.WHITE_ROOF, Material.TILE_ROOF,
           Material.DARK_ROOF, Material.CONCRETE)  # fmt: skip

Area = tuple[float, float, float, float]
"""Left, top, right and bottom in 10 m pixels."""


class Fleet:
    """Places vessels one by one, so that none touches another, land or a cloud.

    Parameters
    ----------
    rng
        Source of randomness.
    open_px
        (y, x) at 10 m: free room around each pixel, 0 on land and under clouds.
    """

    def __init__(self, rng: np.random.Generator, open_px: FloatImage) -> None:
        self._rng = rng
        self._open_px = open_px
        self.vessels: list[Vessel] = []

    def moor(self, berths: list[Berth], count: int) -> None:
        """Lay ships along the quays.

        Parameters
        ----------
        berths
            Where ships can lie.
        count
            Most ships to lay; fewer when the quays are full.
        """
        full = len(self.vessels) + count
        for number in self._rng.permutation(len(berths)):
            ship = self._lay_alongside(berths[number])
            if len(self.vessels) < full and self._fits_quay(ship, berths):
                self._add(ship, margin_px=1.5, is_alongside=True)

    def anchor(self, count: int, area: Area, wind_deg: float) -> None:
        """Anchor ships, heads roughly to the wind.

        Parameters
        ----------
        count
            Ships to anchor.
        area
            Where they may lie.
        wind_deg
            Azimuth from which the wind blows.
        """

        def build() -> Vessel:
            return replace(self._build_ship(), heading_deg=self._rng.normal(wind_deg, 34) % 360)

        self._scatter(count, area, build, margin_px=7)

    def sail(self, count: int, area: Area) -> None:
        """Let ships sail, with wakes.

        Parameters
        ----------
        count
            Ships under way.
        area
            Where they may be.
        """

        def build() -> Vessel:
            return replace(self._build_ship(), speed_mps=self._rng.uniform(4.5, 9.5))

        self._scatter(count, area, build, margin_px=12)

    def launch_boats(self, count: int, area: Area, moving_share: float) -> None:
        """Scatter small boats.

        Parameters
        ----------
        count
            Boats wanted.
        area
            Where they may be.
        moving_share
            Share of the boats that move fast, 0..1.
        """

        def build() -> Vessel:
            moves = self._rng.random() < moving_share
            return self._build_boat(self._rng.uniform(5, 11) if moves else 0.0)

        self._scatter(count, area, build, margin_px=2.5)

    def _scatter(
        self, count: int, area: Area, build: Callable[[], Vessel], margin_px: float
    ) -> None:
        full = len(self.vessels) + count
        for _ in range(300 * count):
            if len(self.vessels) == full:
                return
            x, y = self._rng.uniform(area[0], area[2]), self._rng.uniform(area[1], area[3])
            self._add(replace(build(), x=x, y=y), margin_px)

    def _add(self, vessel: Vessel, margin_px: float, is_alongside: bool = False) -> None:
        room_px = 0.5 if is_alongside else vessel.length_px / 2 + margin_px
        if self._open_px[int(vessel.y), int(vessel.x)] < room_px:
            return
        if not any(_is_near(vessel, other, margin_px, is_alongside) for other in self.vessels):
            self.vessels.append(vessel)

    def _build_ship(self) -> Vessel:
        makes = self._rng.choice(len(_MAKES), p=[0.22, 0.2, 0.2, 0.26, 0.12])
        deck, shortest, longest, slender = _MAKES[makes]
        length = float(self._rng.uniform(shortest, longest))
        if deck is None:
            stacks = self._rng.integers(len(_STACKS), size=int(length / 1.6))
            deck = (*(_STACKS[number] for number in stacks), Material.GRAVEL)
        lightness = float(self._rng.uniform(0.62, 1.0))
        heading = float(self._rng.uniform(0, 360))
        return Vessel(0, 0, length, length / slender, heading, deck, 0.0, lightness)

    def _build_boat(self, speed_mps: float) -> Vessel:
        length = float(self._rng.uniform(2.0, 4.6))
        width = max(length / 3.4, 0.9)
        lightness = float(self._rng.uniform(0.45, 0.95))
        heading = float(self._rng.uniform(0, 360))
        return Vessel(0, 0, length, width, heading, vessels.BOAT, float(speed_mps), lightness)

    def _lay_alongside(self, berth: Berth) -> Vessel:
        ship = self._build_ship()
        out_px = ship.width_px / 2 + 0.9
        heading = np.degrees(berth.along_rad) + 90 + 180 * self._rng.integers(2)
        return replace(
            ship, heading_deg=float(heading % 360), lightness=min(ship.lightness * 1.1, 1.0),
            x=berth.x + out_px * float(np.cos(berth.outward_rad)),
            y=berth.y + out_px * float(np.sin(berth.outward_rad)),
        )  # fmt: skip

    def _fits_quay(self, ship: Vessel, berths: list[Berth]) -> bool:
        bow_x, bow_y = ship.bow_xy
        reach = ship.length_px / 2 - 1
        for end in (-reach, reach):
            x, y = ship.x + end * bow_x, ship.y + end * bow_y
            nearest = min(np.hypot(x - berth.x, y - berth.y) for berth in berths)
            row, column = int(y), int(x)
            if nearest > ship.width_px / 2 + 2.5 or not self._open_px[row, column]:
                return False
        return True


def _is_near(vessel: Vessel, other: Vessel, margin_px: float, is_alongside: bool) -> bool:
    dx, dy = other.x - vessel.x, other.y - vessel.y
    reach_px = (vessel.length_px + other.length_px) / 2 + margin_px
    if not is_alongside:
        return bool(np.hypot(dx, dy) < reach_px)
    bow_x, bow_y = vessel.bow_xy
    breadth_px = (vessel.width_px + other.width_px) / 2 + 1
    return abs(dx * bow_x + dy * bow_y) < reach_px and abs(dy * bow_x - dx * bow_y) < breadth_px
