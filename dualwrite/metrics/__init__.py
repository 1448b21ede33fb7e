"""Metrics behind an interface: the core names what happened, an implementation decides where it goes."""

from dualwrite.metrics.catalogue import CATALOGUE, Metric, Type
from dualwrite.metrics.interface import Metrics, NoMetrics

__all__ = ["CATALOGUE", "Metric", "Metrics", "NoMetrics", "Type"]
