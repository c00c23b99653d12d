"""Exports: what is accepted, as a data set that proves itself."""

from s2label.exports.options import ExportOptions, ExportReport, Format
from s2label.exports.run import export_project

__all__ = ["ExportOptions", "ExportReport", "Format", "export_project"]
