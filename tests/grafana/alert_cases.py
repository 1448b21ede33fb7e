"""For each alert: figures that make it fire, and that let it go again. One value is 15 s."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """Series by name and labels, in promtool's form, and the minutes at which the alert fires and is gone."""

    series: dict[str, str]
    fires: float
    gone: float
    times: int = 1
    """How many alerts there are then."""


IS_DUAL = {'dualwrite_phase{phase="dual"}': "1+0x400", 'dualwrite_phase{phase="frozen"}': "0+0x400"}
STEADY = "0+10x400"


def turns(first: str, then: str) -> str:
    """20 minutes of one, then the other."""
    return f"{first}x80 {then}x320"


CASES: dict[str, Case] = {
    "DualwriteTargetDown": Case({'up{job="dualwrite", instance="a"}': turns("0+0", "1+0")}, 5, 25),
    "DualwriteDatabaseUnread": Case({'dualwrite_up{instance="a"}': turns("0+0", "1+0")}, 5, 25),
    "DualwriteFrozen": Case({'dualwrite_phase{phase="frozen"}': turns("1+0", "0+0")}, 5, 25),
    # Nobody has ever seen this series before, and it never moves again: the very first mismatch.
    "DualwriteMismatch": Case(
        {
            'dualwrite_comparisons_total{repository="notes", method="get", outcome="confirmed", kind="value"}': "_x20 1+0x400"
        },
        5.25,
        16,
    ),
    "DualwriteVerifyDifferences": Case(
        {'dualwrite_verify_differences{entity="note"}': turns("3+0", "0+0")}, 1, 25
    ),
    "DualwriteComparisonsFail": Case(
        {
            'dualwrite_comparisons_total{outcome="failed"}': turns("0+5", "400+0"),
            'dualwrite_comparisons_total{outcome="equal"}': STEADY,
        },
        15,
        30,
    ),
    "DualwriteVerifyOld": Case(
        {**IS_DUAL, "dualwrite_verified_timestamp_seconds": f"{-90000}+0x100 1500+0x300"}, 20, 30
    ),
    "DualwriteObligationsOld": Case(
        {'dualwrite_obligation_oldest_seconds{entity="note"}': turns("301+15", "0+0")}, 10, 25
    ),
    "DualwriteStuckKeys": Case({'dualwrite_stuck_keys{entity="note"}': turns("2+0", "0+0")}, 5, 25),
    "DualwriteRelayMissing": Case({'dualwrite_obligations_due{entity="note"}': turns("1+1", "0+0")}, 10, 25),
    "DualwriteRelaySilent": Case(
        {**IS_DUAL, "dualwrite_relay_passed_timestamp_seconds": turns("0+0", "1215+15")}, 5, 25
    ),
    "DualwriteSettlesFail": Case(
        {
            'dualwrite_settled_total{entity="note", result="failed"}': turns("0+9", "729+0"),
            'dualwrite_settled_total{entity="note", result="equal"}': "0+1x400",
        },
        16,
        30,
    ),
    "DualwriteBreakerOpen": Case({'dualwrite_breaker_open{instance="a"}': turns("1+0", "0+0")}, 5, 25),
    "DualwriteShedding": Case(
        {
            'dualwrite_shadow_total{work="read", fate="shed"}': turns("0+2", "162+0"),
            'dualwrite_shadow_total{work="read", fate="queued"}': STEADY,
        },
        15,
        30,
    ),
    "DualwriteCallErrors": Case(
        {
            'dualwrite_call_errors_total{backend="sql", error="Unavailable"}': turns("0+2", "162+0"),
            'dualwrite_call_errors_total{backend="sql", error="Conflict"}': "0+9x400",
            'dualwrite_call_seconds_count{backend="sql"}': STEADY,
        },
        15,
        30,
    ),
    "DualwriteCallsSlow": Case(
        {
            'dualwrite_call_seconds_bucket{backend="sql", le="0.1"}': f"0+0x80 {STEADY}",
            'dualwrite_call_seconds_bucket{backend="sql", le="2.5"}': STEADY,
            'dualwrite_call_seconds_bucket{backend="sql", le="+Inf"}': STEADY,
        },
        16,
        30,
    ),
    "DualwritePocketBaseErrors": Case(
        {
            'dualwrite_pocketbase_request_seconds_count{status="0"}': turns("0+2", "162+0"),
            'dualwrite_pocketbase_request_seconds_count{status="200"}': STEADY,
        },
        15,
        30,
    ),
    "DualwriteJobStalled": Case(
        {
            'dualwrite_progress_expected_rows{job="backfill", entity="note"}': "100+0x400",
            'dualwrite_progress_rows{job="backfill", entity="note"}': turns("40+0", "100+0"),
            'dualwrite_progress_rows_per_second{job="backfill", entity="note"}': "0+0x400",
        },
        10,
        25,
    ),
    "DualwritePocketBaseUnfit": Case(
        {**IS_DUAL, 'dualwrite_gate_condition{condition="pocketbase"}': turns("0+0", "1+0")}, 5, 25
    ),
    "DualwriteReadinessLost": Case({**IS_DUAL, "dualwrite_ready": "1+0x20 0+0x80 1+0x300"}, 15, 30),
    "DualwriteSwitchCalledOff": Case(
        {'dualwrite_switches_total{course="cutover", outcome="called_off"}': "0+0x40 1+0x400"}, 12, 30
    ),
}
