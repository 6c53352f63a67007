"""Laws of which store a process works with."""

from ingest.settings import Settings
from ingest.store.embedded import Folder, answers
from ingest.store.locate import located, open_store


def test_the_named_store(settings: Settings):
    """
    A REDIS_URL is the store, and no server is started for it.
    """
    with located(settings) as url:
        assert settings.redis_url == url

    assert not settings.data.exists()


async def test_the_embedded_store(settings: Settings):
    """
    Without a REDIS_URL it is the data folder's own, started for the block and stopped after it.
    """
    settings = settings.model_copy(update={"redis_url": ""})
    folder = Folder(settings.data / "store")

    async with open_store(settings) as store:
        assert await store.redis.ping()
        assert answers(folder.socket)

    assert not answers(folder.socket)
