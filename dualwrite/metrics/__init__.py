"""Metrics behind an interface: the core names what happened, an implementation decides where it goes."""

from dualwrite.metrics.catalogue import CATALOGUE, Metric, Origin, Type
from dualwrite.metrics.interface import BothMetrics, Metrics, NoMetrics

__all__ = ["CATALOGUE", "BothMetrics", "Metric", "Metrics", "NoMetrics", "Origin", "Type"]
