"""Compose files: read as Docker reads them, filled from the env file alone, refused with a reason and a line."""

from __future__ import annotations

import contextlib
import json
import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.errors import InvalidInput
from daoflow_core.model.stack import StackTarget
from daoflow_core.parse.compose import compile_source, json_text
from daoflow_core.parse.compose_env import read_env
from daoflow_core.parse.compose_facts import changes_of, facts_of
from daoflow_core.parse.compose_findings import host_paths, refusals_of, warnings_of
from daoflow_core.parse.compose_variables import BadVariableError, Filling
from daoflow_core.parse.compose_yaml import MOST_BYTES, read_yaml
from daoflow_core.parse.stack_probes import address_of, read_probe, refusals_of_probes, status_of
from daoflow_core.stack_errors import ComposeRejected

WEB = b"services:\n  web:\n    image: app\n"
BOMB = b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(7)
)


def source(text: str, env: str | None = None):
    return compile_source(text.encode(), None if env is None else env.encode())


def service(text: str, env: str | None = None):
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return source(f"services:\n  web:\n{lines}", env)


def codes(findings) -> set[str]:
    return {one.code for one in findings}


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"services:\n\tweb: {}\n", "tab", 2),
        (WEB + b"    image: other\n", "duplicate-key", 4),
        (b"a: 1\n---\nb: 2\n", "many-documents", 2),
        (b"- services\n", "not-a-mapping", 1),
        (b"", "not-a-mapping", 1),
        (b"services: !!python/object:os.system {}\n", "tag", 1),
        (b"services: !reset\n  web: {}\n", "tag", 1),
        (b"services:\n  8080: {}\n", "key", 2),
        (b"services:\n  web: *nobody\n", "alias", 2),
        (b"services: &a\n  web: *a\n", "recursive-alias", 1),
        (BOMB, "alias-bomb", None),
        (b"services: " + b"[" * 60 + b"]" * 60, "too-deep", 1),
        (b"services:\n  web: \xff\xfe\n", "not-utf8", 2),
        (b"services:\n  web: \x01\n", "control-character", 2),
        (b"services: {web: [}\n", "syntax", 1),
        (b"#" * (MOST_BYTES + 1), "too-large", None),
    ],
)
def test_what_is_no_compose_file_is_refused_with_its_reason_and_line(data, reason, line):
    with pytest.raises(ComposeRejected) as refused:
        read_yaml(data)
    assert refused.value.details["reason"] == reason
    if line is not None:
        assert refused.value.details["line"] == line
        assert f"line {line}" in refused.value.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version: '3'\n", "no-services"),
        ("services: {}\n", "no-services"),
        ("services:\n  web:\n", "service"),
        ("services:\n  ' ':\n    image: a\n", "service-name"),
        ("services:\n  web:\n    image: a$\n", "variable"),
        ("services:\n  web:\n    image: ${A\n", "variable"),
    ],
)
def test_a_mapping_that_is_no_stack_is_refused(text, reason):
    with pytest.raises(ComposeRejected) as refused:
        source(text)
    assert refused.value.details["reason"] == reason


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(data):
    try:
        assert isinstance(read_yaml(data), dict)
    except ComposeRejected as refused:
        assert refused.details["reason"]


@given(st.text(alphabet=" \n\t:-[]{}&*!|>'\"#%@`ab$1<,?~", max_size=80))
def test_no_text_of_yaml_s_own_letters_does_more_than_be_refused(text):
    try:
        compile_source(b"services:\n  web:\n    image: a\n" + text.encode(), None)
    except ComposeRejected as refused:
        assert refused.details["reason"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("22:22", "22:22"),
        ("2026-01-01", "2026-01-01"),
        ("0440", 288),
        ("0o17", 15),
        ("0x1f", 31),
        ("1_000", 1000),
        ("true", True),
        ("~", None),
        ("", None),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("'1'", "1"),
        ("-7", -7),
        ("08", 8.0),
    ],
)
def test_a_plain_value_is_what_docker_takes_it_for(text, value):
    found = read_yaml(f"x: {text}\n".encode())["x"]
    assert (found, type(found)) == (value, type(value))


def test_anchors_and_merges_are_written_out():
    tree = read_yaml(b"x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n")
    assert tree["y"] == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("text", "filled", "missing"),
    [
        ("$A", "1", set()),
        ("${A}", "1", set()),
        ("a$$b", "a$b", set()),
        ("$A-$B", "1-", set()),
        ("${B:-x}", "x", set()),
        ("${B-x}", "", set()),
        ("${C:-x}", "x", set()),
        ("${C-x}", "x", set()),
        ("${A:+y}", "y", set()),
        ("${B:+y}", "", set()),
        ("${B+y}", "y", set()),
        ("${C+y}", "", set()),
        ("${C:-${A}}", "1", set()),
        ("${C:-${D:-$A}z}", "1z", set()),
        ("$C", "", {"C"}),
        ("${C}", "", {"C"}),
        ("${C:?needed}", "", {"C"}),
        ("${B:?needed}", "", {"B"}),
        ("${B?needed}", "", set()),
        ("${A:-$C}", "1", set()),
        ("${C:-$D}", "", {"D"}),
    ],
)
def test_variables_are_filled_as_compose_fills_them(text, filled, missing):
    filling = Filling({"A": "1", "B": ""})
    assert filling.fill(text) == filled
    assert set(filling.missing) == missing


@pytest.mark.parametrize(
    "text", ["$", "a $ b", "${", "${A", "${1}", "${A:b}", "${A:-${B}", "${}", "$-", "${A!}"]
)
def test_a_dollar_that_begins_no_variable_is_refused(text):
    with pytest.raises(BadVariableError):
        Filling({"A": "1"}).fill(text)


@given(st.text())
def test_text_whose_dollars_are_doubled_comes_back_as_it_was(text):
    filling = Filling({})
    assert filling.fill(text.replace("$", "$$")) == text
    assert not filling.missing


@given(st.text(alphabet="${}:-?+Ab "))
def test_no_text_makes_filling_do_more_than_refuse(text):
    with contextlib.suppress(BadVariableError):
        Filling({"A": "1"}).fill(text)


def test_an_env_file_is_read_as_compose_reads_it():
    text = (
        "# comment\n\nexport A=1\nB = two words # comment\nC='$A # kept'\nD=\"x\\n$A\"\nE=\nF=a#b\n"
        'G="two\nlines" # comment\r\nA=2\nH=${A}3\n'
    )
    assert read_env(text.encode()) == {
        "A": "2",
        "B": "two words",
        "C": "$A # kept",
        "D": "x\n1",
        "E": "",
        "F": "a#b",
        "G": "two\nlines",
        "H": "23",
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=s3cr3t\nB s3cr3t\n", 2),
        ("1A=s3cr3t\n", 1),
        ("A='s3cr3t\n", 1),
        ('A="s3cr3t" y\n', 1),
        ("A=1\n\nB=s3cr3t$C\n", 3),
        ("A=s3cr3t$\n", 1),
    ],
)
def test_a_bad_env_line_is_named_and_its_value_is_not_shown(text, line):
    with pytest.raises(ComposeRejected) as refused:
        read_env(text.encode())
    assert refused.value.details["line"] == line
    assert "s3cr3t" not in json.dumps(refused.value.document())


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), st.text(alphabet=string.printable.replace("'", ""))
    )
)
def test_values_in_single_quotes_come_back_as_they_were(values):
    values = {name: value.replace("\r", "") for name, value in values.items()}
    text = "".join(f"{name}='{value}'\n" for name, value in values.items())
    assert read_env(text.encode()) == values


@given(st.binary(max_size=200))
def test_no_bytes_make_an_env_file_do_more_than_be_refused(data):
    with contextlib.suppress(ComposeRejected):
        read_env(data)


def test_the_wire_says_to_docker_what_the_file_said_to_us():
    compiled = service(
        "image: app:${TAG}\nenvironment: [PW, 'A=b$$c']\ndeploy: {replicas: '${N}'}\nlabels: {n: '3'}",
        "TAG=1.5\nPW=p$$w\nN=3\n",
    )
    wire = json.loads(compiled.wire(StackTarget.SWARM))
    web = wire["services"]["web"]
    assert wire["version"] == "3.8"
    assert web["environment"] == ["PW=p$$w", "A=b$$c"]
    assert web["image"] == "app:1.5"
    assert web["deploy"]["replicas"] == "${DAOFLOW_NEVER_SET-3}", "Docker makes a number of it by itself"
    assert web["labels"] == {"n": "3"}, "a text that no variable made stays text"
    assert "version" not in json.loads(compiled.wire(StackTarget.COMPOSE))


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"x-[a-z]{1,4}", fullmatch=True), TREES, max_size=3))
def test_any_tree_goes_through_whole(extra):
    def doubled(value):
        if isinstance(value, str):
            return value.replace("$", "$$")
        if isinstance(value, list):
            return [doubled(one) for one in value]
        if isinstance(value, dict):
            return {key: doubled(one) for key, one in value.items()}
        return value

    tree = {"services": {"web": {"image": "a"}}, **doubled(extra)}
    text = json_text(tree)
    try:
        compiled = compile_source(text.encode(), None)
    except ComposeRejected as refused:
        assert refused.details["reason"] in ("control-character", "too-deep")
        return
    assert compiled.tree == {"services": {"web": {"image": "a"}}, **extra}
    assert yaml.safe_load(compiled.wire(StackTarget.COMPOSE)) == tree


def test_what_has_no_value_is_told_with_its_place():
    compiled = service("image: app:$TAG\nenvironment:\n  PW:\n  X: ${Y:?ask the boss}")
    words = [one.message for one in refusals_of(compiled, StackTarget.COMPOSE)]
    assert words == [
        "TAG has no value, at services.web.image.",
        "Y has no value, at services.web.environment.X (ask the boss).",
        "PW has no value, at services.web.environment.",
    ]


@pytest.mark.parametrize(
    ("text", "compose", "swarm"),
    [
        ("image: a", set(), set()),
        ("build: .", {"RELATIVE_PATH"}, {"BUILD_ON_SWARM"}),
        ("build: /srv/app", set(), {"BUILD_ON_SWARM"}),
        ("build: https://git.example/app.git", set(), {"BUILD_ON_SWARM"}),
        ("command: x", {"NO_IMAGE"}, {"NO_IMAGE"}),
        ("image: a\nvolumes: ['./x:/x', data:/y, /z]", {"RELATIVE_PATH"}, {"RELATIVE_PATH"}),
        ("image: a\nvolumes: ['~/x:/x']", {"RELATIVE_PATH"}, {"RELATIVE_PATH"}),
        ("image: a\nvolumes: [{type: bind, source: x, target: /x}]", {"RELATIVE_PATH"}, {"RELATIVE_PATH"}),
        ("image: a\nenv_file: x.env", {"RELATIVE_PATH"}, {"RELATIVE_PATH"}),
        ("image: a\nenv_file: [{path: /srv/x.env}]", set(), set()),
        ("image: a\nprofiles: [debug]", set(), {"NOT_ON_SWARM"}),
        ("image: a\nextends: {file: x.yml, service: y}", {"OTHER_FILES"}, {"OTHER_FILES", "NOT_ON_SWARM"}),
    ],
)
def test_each_target_refuses_what_it_cannot_do(text, compose, swarm):
    compiled = service(text)
    assert codes(refusals_of(compiled, StackTarget.COMPOSE)) == compose
    assert codes(refusals_of(compiled, StackTarget.SWARM)) == swarm


def test_other_files_and_the_host_s_shell_are_refused_at_the_top_too():
    text = "include: [x.yml]\nsecrets: {a: {file: x}, b: {environment: B}}\nservices: {web: {image: a}}\n"
    found = refusals_of(source(text), StackTarget.COMPOSE)
    assert [one.code for one in found] == ["OTHER_FILES", "RELATIVE_PATH", "VALUE_FROM_SHELL"]


def test_a_swarm_s_blind_spots_are_warnings():
    compiled = service("image: a\ncontainer_name: x\ndepends_on: [db]\nrestart: always")
    assert len(warnings_of(compiled, StackTarget.SWARM)) == 3
    assert warnings_of(compiled, StackTarget.COMPOSE) == ()


def test_places_on_the_host_are_gathered_from_everywhere():
    compiled = source(
        "services:\n  web:\n    image: a\n    env_file: /e\n    volumes: ['/b:/b:ro', 'n:/n']\nconfigs: {c: {file: /c}}\n"
    )
    assert list(host_paths(compiled)) == ["/b", "/e", "/c"]


@pytest.mark.parametrize(
    ("port", "shown", "published"),
    [
        ("80", "any:80/tcp", []),
        ("8080:80", "8080:80/tcp", [(8080, "tcp", "")]),
        ("127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp", [(8080, "tcp", "127.0.0.1")]),
        ("127.0.0.1::80", "127.0.0.1:any:80/tcp", []),
        ("[::1]:8080:80", "::1:8080:80/tcp", [(8080, "tcp", "::1")]),
        ("53:53/udp", "53:53/udp", [(53, "udp", "")]),
        (9000, "any:9000/tcp", []),
        ({"target": 80, "published": "8080", "mode": "host"}, "8080:80/tcp host", [(8080, "tcp", "")]),
        ({"target": 80}, "any:80/tcp", []),
        ("no port", "no port", []),
    ],
)
def test_ports_are_read_in_every_spelling(port, shown, published):
    text = json.dumps({"services": {"web": {"image": "a", "ports": [port]}}})
    facts = facts_of(source(text))[0]
    assert facts.ports == (shown,)
    assert [(one.port, one.protocol, one.host_ip) for one in facts.published] == published


def test_a_range_of_ports_publishes_each_of_them():
    facts = facts_of(service("image: a\nports: ['8000-8002:80-82']"))[0]
    assert [one.port for one in facts.published] == [8000, 8001, 8002]


def test_a_diff_tells_names_of_variables_and_never_their_values():
    before = service("image: a:1\nenvironment: {PW: old-secret, GONE: x}\ncommand: one", "")
    after = source(
        "services:\n  web:\n    image: a:2\n    environment: [PW=new-secret, NEW=y]\n    command: two\n"
        "    deploy: {replicas: 3}\n  db:\n    image: pg\nvolumes: {data: {}}\n"
    )
    found = changes_of(before, after)
    assert [(one.service, one.change) for one in found] == [
        ("db", "added"),
        ("web", "changed"),
        ("volumes:", "changed"),
    ]
    web = [(one.field, one.before, one.after) for one in found[1].fields]
    assert web == [
        ("image", "a:1", "a:2"),
        ("replicas", "1", "3"),
        ("environment", "GONE", ""),
        ("environment", "", "NEW"),
        ("environment", "PW", "PW, another value"),
        ("setting", "command", "command, otherwise"),
    ]
    assert "secret" not in json.dumps([one.document() for one in found])
    assert [one.change for one in changes_of(after, after)] == ["same", "same"]
    assert [one.change for one in changes_of(after, None)] == ["removed", "removed"]


@pytest.mark.parametrize(
    "text",
    [
        "8080",
        "tcp:",
        "tcp:99999",
        "tcp:0",
        "https://localhost/",
        "http://",
        "http:///x",
        "http://a b/",
        "file:///x",
    ],
)
def test_what_is_no_probe_is_refused(text):
    with pytest.raises(InvalidInput):
        read_probe(text)


def test_probes_ask_published_ports_of_the_host_and_nothing_else():
    facts = facts_of(service("image: a\nports: ['8080:80', '10.0.0.5:81:81', '53:53/udp']"))
    assert address_of(read_probe("tcp:8080"), facts) == "127.0.0.1"
    assert address_of(read_probe("http://localhost:81/x"), facts) == "10.0.0.5"
    probes = [read_probe(one) for one in ("http://web:80/", "tcp:53", "tcp:9", "http://203.0.113.7:8080/")]
    found = refusals_of_probes(probes, facts, ["203.0.113.7"])
    assert [one.code for one in found] == ["INTERNAL_PROBE", "PORT_NOT_PUBLISHED", "PORT_NOT_PUBLISHED"]


def test_a_request_is_one_that_a_server_answers_and_the_status_is_read():
    probe = read_probe("http://localhost:8080/up?x=1")
    assert probe.request("127.0.0.1").startswith(b"GET /up?x=1 HTTP/1.1\r\nHost: localhost:8080\r\n")
    assert status_of(b"HTTP/1.1 204 No Content\r\n") == 204
    assert status_of(b"SSH-2.0-x\r\n") is None
