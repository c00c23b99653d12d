"""Pictures of what was counted and measured: matplotlib's `Figure` on Agg, never pyplot."""
