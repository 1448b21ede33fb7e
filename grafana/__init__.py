"""Dashboards from code, alert and recording rules, provisioning. Not part of the wheel: `python -m grafana.build` writes the JSON."""
