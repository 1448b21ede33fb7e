"""What Grafana and compose read at their start."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from grafana.managed import SOURCE
from tests.grafana.files import FOLDER, RULES, boards, rules


def read(path: str) -> Any:
    return yaml.safe_load((FOLDER / path).read_text())


def test_the_compose_file_fits_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, FOLDER / "compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_mounted_is_there_and_what_is_pulled_has_a_version() -> None:
    compose = read("compose.yml")
    for service in compose["services"].values():
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (FOLDER / source).is_dir(), mount
            elif not source.startswith("$"):
                assert source in compose["volumes"]
        if "image" in service:
            assert re.search(r":v?\d+\.\d+\.\d+$", service["image"])
        else:
            assert re.search(r"==\d+\.\d+\.\d+", service["build"]["dockerfile_inline"])


def test_nothing_listens_for_other_machines() -> None:
    services = read("compose.yml")["services"]
    assert services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert "--web.listen-address=127.0.0.1:9090" in services["prometheus"]["command"]
    assert all(port.startswith("127.0.0.1:") for port in services["pocketbase"]["ports"])


def test_grafana_asks_the_prometheus_that_compose_starts() -> None:
    (source,) = read("provisioning/datasources/prometheus.yml")["datasources"]
    assert (source["uid"], source["type"], source["url"]) == (SOURCE, "prometheus", "http://127.0.0.1:9090")
    (provider,) = read("provisioning/dashboards/dualwrite.yml")["providers"]
    mounts = read("compose.yml")["services"]["grafana"]["volumes"]
    assert f"./json:{provider['options']['path']}:ro" in mounts
    home = read("compose.yml")["services"]["grafana"]["environment"][
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
    ]
    assert home.removeprefix(provider["options"]["path"] + "/").removesuffix(".json") in boards()


def test_the_scrape_interval_is_the_one_that_grafana_reckons_with() -> None:
    (source,) = read("provisioning/datasources/prometheus.yml")["datasources"]
    scrape = yaml.safe_load((RULES / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrape


MANAGED = [rule for group in read("managed-alerts/dualwrite.yml")["groups"] for rule in group["rules"]]


def test_grafanas_own_alerts_are_prometheus_alerts() -> None:
    assert [rule["title"] for rule in MANAGED] == [rule["alert"] for rule in rules("alerts.yml")]
    assert len({rule["uid"] for rule in MANAGED}) == len(MANAGED)


@pytest.mark.parametrize("rule", MANAGED, ids=lambda rule: rule["title"])
def test_one_of_grafanas_own_alerts_asks_and_decides(rule: dict[str, Any]) -> None:
    query, decision = rule["data"]
    assert query["datasourceUid"] == SOURCE
    assert query["model"]["instant"]
    assert (decision["datasourceUid"], decision["refId"]) == ("__expr__", rule["condition"])
    assert rule["noDataState"] == "OK", "a comparison that holds for nothing has no data"
    assert "$value " not in "".join(rule["annotations"].values())
