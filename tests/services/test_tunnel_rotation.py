"""Rotating a tunnel's secret: no answer, no crash and no kill loses the only copy, and what is unknown is said."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.providers.fake_cloudflare import ACCOUNT, TOKEN, fake_cloudflare

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import Conflict, DaoflowError
from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.model.tunnel import Provider, TunnelDraft
from daoflow_core.providers import http
from daoflow_core.secret import Secret
from daoflow_core.services.tunnels_view import TunnelState

ROUNDS = Path(__file__).with_name("tunnel_rotation_rounds.py")


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    with fake_cloudflare() as one:
        yield one


@pytest.fixture
def environ(home, fake):
    return {"DAOFLOW_HOME": str(home), "HOME": str(home), "DAOFLOW_CLOUDFLARE_URL": fake.url}


@pytest.fixture
async def there(environ, fake):
    """A tunnel at the provider, recorded here as edge."""
    one = fake.add("edge", ("a.example.com", "http://web:1"))
    async with await open_console(Opening(environ)) as core:
        draft = TunnelDraft("edge", Provider.CLOUDFLARE, one.id, ACCOUNT)
        await core.tunnels.create(draft, Secret(TOKEN.encode()))
    return one


@pytest.fixture
async def core(environ, there):
    async with await open_console(Opening(environ)) as console:
        yield console


async def token(core) -> dict:
    one = await core.tunnels.find("edge")
    return json.loads(base64.b64decode((await core.tunnel_rotation.token(one)).reveal()))


async def parts(core) -> list[str]:
    rows = await core.database.rows("select field from sealed where owner_table = 'tunnels' order by field")
    return [row["field"] for row in rows]


async def test_the_new_secret_lies_sealed_before_the_provider_hears_of_it(core, fake, there):
    seen = []
    loop = asyncio.get_running_loop()
    old = there.secret

    def look(moment):
        if moment == "before":
            seen.append(asyncio.run_coroutine_threadsafe(parts(core), loop).result(10))

    fake.on_patch = look
    done = await core.tunnel_rotation.rotate("edge")
    assert seen == [["credential", "pending_secret"]]
    assert done.status is OperationStatus.COMPLETED
    assert await parts(core) == ["connector_token", "credential"]
    assert there.secret != old
    assert await token(core) == {"a": ACCOUNT, "t": there.id, "s": base64.b64encode(there.secret).decode()}
    view = await core.tunnels.show("edge")
    assert (view.pending, view.tunnel.rotated_at is not None) == (None, True)
    assert len(done.result["steps"]) == 5


async def test_compromised_also_ends_every_connection(core, fake, there):
    done = await core.tunnel_rotation.rotate("edge", compromised=True)
    assert fake.dropped == [there.id]
    assert "cut off" in done.result["steps"][0]


async def test_a_secret_that_was_replaced_is_kept_even_when_the_connections_may_not_have_ended(
    core, fake, there
):
    fake.fault = "drop lost"
    done = await core.tunnel_rotation.rotate("edge", compromised=True)
    assert (done.status, done.error_code) == (OperationStatus.PARTIAL, "CONNECTIONS_NOT_DROPPED")
    assert (done.result["connectionsDropped"], len(done.result["steps"])) == (False, 5)
    assert (await token(core))["s"] == base64.b64encode(there.secret).decode()
    assert (await core.tunnels.show("edge")).pending is None


async def test_a_refusal_leaves_the_old_secret_and_nothing_pending(core, fake, there):
    old, fake.fault = there.secret, "patch refused"
    with pytest.raises(DaoflowError) as error:
        await core.tunnel_rotation.rotate("edge")
    assert (error.value.code, there.secret) == ("PROVIDER_REFUSED", old)
    assert await parts(core) == ["credential"]
    assert (await core.tunnels.show("edge")).pending is None


async def test_an_answer_that_is_lost_after_the_change_is_found_out_by_asking(core, fake, there):
    fake.fault = "patch lost after"
    done = await core.tunnel_rotation.rotate("edge")
    assert done.status is OperationStatus.COMPLETED
    assert (await token(core))["s"] == base64.b64encode(there.secret).decode()


@pytest.mark.parametrize("fault", ["patch lost before", "patch lost after, token 500"])
async def test_what_can_t_be_found_out_is_said_and_the_same_secret_is_given_again(core, fake, there, fault):
    fake.fault = fault
    real = fake._fault
    fake._fault = lambda method, target, turn: (
        (500, {}, b"{}")
        if "token 500" in (fake.fault or "") and target.endswith("/token")
        else real(method, target, turn)
    )
    with pytest.raises(DaoflowError) as error:
        await core.tunnel_rotation.rotate("edge")
    assert error.value.code == "ROTATION_UNKNOWN"
    view = await core.tunnels.show("edge")
    assert view.state is TunnelState.ROTATION_UNKNOWN
    assert await parts(core) == ["credential", "pending_secret"]
    with pytest.raises(Conflict, match="not ended"):
        await core.tunnels.delete("edge")
    given, fake.fault = there.secret, None
    done = await core.tunnel_rotation.rotate("edge")
    assert done.result["resumed"] is True
    assert (await token(core))["s"] == base64.b64encode(there.secret).decode()
    assert (there.secret == given) is (fault != "patch lost before")
    assert (await core.tunnels.show("edge")).pending is None


async def test_our_copy_alone_is_replaced_and_the_old_one_is_gone(core, fake):
    before = await core.database.rows("select blob from sealed where field = 'credential'")
    view = await core.tunnel_rotation.store("edge", Secret(b"another-token"))
    after = await core.database.rows("select version, blob from sealed where field = 'credential'")
    assert (view.tunnel.rotated_at is not None, after[0]["version"]) == (True, 2)
    assert before[0]["blob"] != after[0]["blob"]
    assert fake.requests == []
    one = await core.tunnels.find("edge")
    assert (await core.tunnel_credentials.open(one)).reveal() == b"another-token"


async def test_a_rotation_is_let_finish_when_its_caller_is_cancelled(core, fake, there):
    reached = threading.Event()

    def slowly(moment):
        if moment == "before":
            reached.set()
            time.sleep(0.3)

    fake.on_patch = slowly
    task = asyncio.create_task(core.tunnel_rotation.rotate("edge"))
    await asyncio.to_thread(reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = await core.history.operations(kind=OperationKind.TUNNEL_CREDENTIALS_ROTATE)
    assert [one.status for one in ended] == [OperationStatus.COMPLETED]
    assert (await token(core))["s"] == base64.b64encode(there.secret).decode()


@pytest.mark.parametrize(
    ("moment", "taken"), [("before", False), ("before", True), ("after", True), ("answered", True)]
)
async def test_a_kill_at_any_point_leaves_a_state_that_is_known_or_said_to_be_unknown(
    environ, fake, there, moment, taken
):
    """Killed while the provider has not taken the secret, takes it all the same, has taken it, and has answered."""
    hit = threading.Event()

    def stop(now):
        if now == moment:
            hit.set()
            time.sleep(0.2)  # the kill comes within the call
            if not taken:
                raise ConnectionAbortedError

    fake.on_patch = stop
    child = subprocess.Popen(
        [sys.executable, str(ROUNDS)], env={**os.environ, **environ}, stdout=subprocess.PIPE
    )
    try:
        if moment == "answered":
            while not any(method == "PATCH" for method, _ in fake.requests):
                await asyncio.sleep(0.001)
        else:
            await asyncio.to_thread(hit.wait, 30)
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.wait(30)
        child.stdout.close()
    await asyncio.sleep(0.25)  # the call that was under way ends at the provider
    fake.on_patch = lambda now: None
    async with await open_console(Opening(environ)) as core:
        view = await core.tunnels.show("edge")
        (ended,) = await core.history.operations(kind=OperationKind.TUNNEL_CREDENTIALS_ROTATE)
        if view.pending is None:
            assert ended.status is OperationStatus.COMPLETED
        else:
            assert (ended.status, ended.error_code) == (OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN")
            assert "look at edge before" in ended.error
            had = there.secret
            done = await core.tunnel_rotation.rotate("edge")
            assert (done.status, done.result["resumed"]) == (OperationStatus.COMPLETED, True)
            assert (there.secret == had) is taken
        assert (await token(core))["s"] == base64.b64encode(there.secret).decode()
        assert (await core.tunnels.show("edge")).pending is None
        assert (await core.audit.verify()).ok
