"""`server ops resources`: the snapshot as one document or as lines, and the truth in the exit status."""

from __future__ import annotations

from daoflow_tui.cli.answers.table import ANSWERS

CHECK = ("server", "ops", "resources", "--server", "edge")


def test_the_answer_is_the_operation_its_snapshot_and_what_the_server_needs(cli, ready):
    answer = cli(*CHECK, "--json")
    assert answer.status == 0
    ANSWERS["server ops resources"].model_validate(answer.data)
    result = answer.data["result"]
    assert answer.data["operation"]["result"] == result
    assert result["memory"]["totalBytes"] > result["memory"]["availableBytes"] > 0
    assert result["docker"]["diskUsage"][0]["reclaimableBytes"] == 9_800_000_000
    assert {"host-key-approved", "floor-met"} <= {need["code"] for need in result["needs"]}


def test_people_read_every_number_and_the_next_step(cli, ready):
    answer = cli(*CHECK)
    assert answer.status == 0
    assert "21.4GB, 9.8GB (45%) reclaimable (3, 1 in use)" in answer.out
    assert "cores, load " in answer.out
    assert "✓ Docker 26.1.5 and Compose 2.26.1 meet the floor (20.10, 2.0)" in answer.out
    assert answer.out.rstrip().splitlines()[-1].startswith("operation op_")


def test_a_part_that_was_not_told_is_a_failure_that_still_tells_the_rest(cli, ready, tmp_path):
    (tmp_path / "programs" / "docker").write_text("#!/bin/sh\necho 'Error: confused' >&2\nexit 1\n")
    answer = cli(*CHECK, "--json")
    assert (answer.status, answer.code) == (1, "PARTIAL")
    assert answer.document["status"] == "partial"
    assert answer.document["result"]["docker"]["reachable"] is None
    assert answer.document["result"]["docker"]["reason"] == "Error: confused"
    assert answer.document["result"]["disk"]["usedPercent"] is not None
    words = cli(*CHECK)
    assert words.status == 1
    assert "Docker" in words.out
    assert "not known: Error: confused" in words.out
    assert "could be read. Docker: Error: confused" in words.err
