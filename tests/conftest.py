"""Fixtures of every Python test: throw-away clusters with the extension of the build under test.

    cluster        one server for the whole run, pg_journey in shared_preload_libraries; don't kill or stop it
    connect        connect() opens a connection to it that is closed after the test
    new_cluster    new_cluster(preload=True, settings={...}) makes a server of the test's own, gone after the test
    new_database   new_database() makes a database with the extension in `cluster`; gives its name
"""
import itertools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from support.cluster import Cluster  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    with Cluster("session") as server:
        server.create_database("journey")
        yield server


@pytest.fixture
def connect(cluster):
    opened = []

    def open_connection(**options):
        opened.append(cluster.connect(**options))
        return opened[-1]

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def new_cluster(request):
    made = []

    def make(preload=True, settings=None, extension=True):
        server = Cluster(f"{request.node.name}-{len(made)}", preload=preload, settings=settings)
        made.append(server)
        server.start()
        if extension:
            server.create_database("journey")
        return server

    yield make
    for server in made:
        server.remove()


numbers = itertools.count(1)


@pytest.fixture
def new_database(cluster):
    made = []

    def make(extension=True):
        made.append(f"test_{next(numbers)}")
        cluster.create_database(made[-1], extension=extension)
        return made[-1]

    yield make
    for name in made:
        cluster.drop_database(name)
