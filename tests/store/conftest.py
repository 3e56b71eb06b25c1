import pytest

from daoflow_core.store.engine import open_database


@pytest.fixture
async def database(tmp_path):
    async with await open_database(tmp_path / "daoflow.db") as opened:
        yield opened
