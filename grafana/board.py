"""A dashboard's JSON from its data, with `grafana-foundation-sdk`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    statushistory,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.panel import INSTANCE, Board, Look, Panel, Query, stored

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
TAG = "dualwrite"
COLUMNS = 24  # of Grafana's grid


def to_json(board: Board) -> str:
    """The text of its file."""
    built = _dashboard(board).build()
    document: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(built))
    document["annotations"] = {"list": _annotations()}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> dashboard.Dashboard:
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.answers)
        .tags([TAG])
        .editable()
        .timezone("browser")
        .refresh("10s")
        .time(board.last, "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Dualwrite")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in _variables():
        built = built.with_variable(variable)
    number = 1
    for row in board.rows:
        built = built.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            built = built.with_panel(_panel(panel).id(number))
            number += 1
    return built


def _variables() -> Sequence[Any]:
    source = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    return [
        source,
        _variable("instance", "Instance", "label_values(dualwrite_up, instance)"),
        _variable(
            "repository",
            "Repository",
            f"label_values(dualwrite_call_seconds_count{{{INSTANCE}}}, repository)",
        ),
        _variable(
            "method",
            "Method",
            f'label_values(dualwrite_call_seconds_count{{{INSTANCE}, repository=~"$repository"}}, method)',
        ),
    ]


def _variable(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _annotations() -> list[dict[str, Any]]:
    """Switches where they happened, and the time in which writes were paused. The SDK has no field for where Prometheus' answer
    holds the time."""
    switched = stored("dualwrite_switched_timestamp_seconds", "course")
    frozen = stored("dualwrite_phase", "phase", f'{INSTANCE}, phase="frozen"')
    source = {"type": "prometheus", "uid": "${datasource}"}
    return [
        {
            "name": "Switches and rollbacks",
            "datasource": source,
            "enable": True,
            "iconColor": "purple",
            "expr": f"{switched} * 1000",
            "titleFormat": "{{course}} done",
            "useValueForTime": "on",
            "step": "60s",
        },
        {
            "name": "Writes paused",
            "datasource": source,
            "enable": True,
            "iconColor": "orange",
            "expr": f"{frozen} == 1",
            "titleFormat": "writes paused",
            "useValueForTime": False,
            "step": "1s",
        },
    ]


def _panel(panel: Panel) -> Any:
    built = (
        _drawn(panel.look)
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .no_value(panel.nothing)
        .span(min(panel.width, COLUMNS))
        .height(panel.height)
        .thresholds(
            dashboard.ThresholdsConfig()
            .mode(models.ThresholdsMode.ABSOLUTE)
            .steps([models.Threshold(step.value, step.color) for step in panel.steps])
        )
    )
    if panel.decimals is not None:
        built = built.decimals(panel.decimals)
    if panel.words:
        results = {
            value: models.ValueMappingResult(text=word, index=at)
            for at, (value, word) in enumerate(panel.words.items())
        }
        built = built.mappings([models.ValueMap(options=results)])
    if panel.drills:
        built = built.data_links([_drill(panel)])
    for number, query in enumerate(panel.queries):
        built = built.with_target(_target(query, chr(ord("A") + number), table=panel.look is Look.TABLE))
    return built


def _drill(panel: Panel) -> dashboard.DashboardLink:
    """To the mismatches of a series; in a table its labels are columns."""
    label = "${__data.fields.%s}" if panel.look is Look.TABLE else "${__field.labels.%s}"
    chosen = "&".join(f"var-{name}={label % name}" for name in panel.drills)
    kept = "${datasource:queryparam}&${instance:queryparam}&${__url_time_range}"
    name = ".".join(label % one for one in panel.drills)
    return dashboard.DashboardLink(f"Mismatches of {name}").url(f"/d/dualwrite-mismatches?{chosen}&{kept}")


def _target(query: Query, ref: str, *, table: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref)
    if table:
        target = target.format(PromQueryFormat.TABLE)
    return target.instant() if query.now or table else target.range()


def _drawn(look: Look) -> Any:
    by_threshold = dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)
    lines = timeseries.Panel().fill_opacity(10).show_points(common_models.VisibilityMode.AUTO)
    at_bottom = (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(common_models.LegendDisplayMode.TABLE)
        .placement(common_models.LegendPlacement.BOTTOM)
        .calcs(["lastNotNull", "max"])
    )
    marked = common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    match look:
        case Look.STAT:
            return (
                stat.Panel()
                .reduce_options(last)
                .color_scheme(by_threshold)
                .color_mode(common_models.BigValueColorMode.BACKGROUND)
                .graph_mode(common_models.BigValueGraphMode.NONE)
            )
        case Look.LINES:
            return lines.legend(at_bottom).thresholds_style(marked)
        case Look.BARS:
            return (
                timeseries.Panel()
                .draw_style(common_models.GraphDrawStyle.BARS)
                .fill_opacity(80)
                .stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
                .legend(at_bottom)
                .thresholds_style(marked)
            )
        case Look.STATES:
            return statetimeline.Panel().color_scheme(by_threshold).row_height(0.9)
        case Look.HEAT:
            return statushistory.Panel().color_scheme(by_threshold).row_height(0.9)
        case Look.GAUGES:
            return (
                bargauge.Panel()
                .reduce_options(last)
                .color_scheme(by_threshold)
                .orientation(common_models.VizOrientation.HORIZONTAL)
                .display_mode(common_models.BarGaugeDisplayMode.BASIC)
                .min(0)
            )
        case Look.TABLE:
            return table.Panel().color_scheme(by_threshold)
