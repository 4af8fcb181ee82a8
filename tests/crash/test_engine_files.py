"""What is missing, damaged or forbidden is said with its name and the mend; what worked before goes on."""
import pathlib
import shutil

import psycopg
import pytest
from support.cluster import own, pg_config
from support.engine import SHORT_CALL, await_engine, engine_pid, wait_until

MODEL = "all-minilm-l6-v2"
SHIPPED = pathlib.Path(pg_config("sharedir")) / "pg_journey/models" / MODEL


def refused(connection, statement=SHORT_CALL):
    with pytest.raises(psycopg.Error) as error:
        connection.execute(statement)
    return error.value


@pytest.fixture
def models(tmp_path_factory):
    """A model folder of the test's own that the server can read."""
    folder = tmp_path_factory.mktemp("models")
    for parent in [folder, *folder.parents]:
        if parent.owner() != "root" or parent == pathlib.Path("/tmp"):
            break
        parent.chmod(0o755)
    shutil.copytree(SHIPPED.resolve(), folder / MODEL)
    own(folder / MODEL)
    return folder


def reload(server, connection, setting, value):
    old = engine_pid(server)
    connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    connection.execute("SELECT pg_reload_conf()")
    wait_until(lambda: engine_pid(server) != old, what="the old engine's end")


def test_a_missing_engine_is_named_and_mended_by_a_reload(new_cluster):
    server = new_cluster(settings={"pg_journey.engine_path": "/nowhere/pg_journey_engine"})
    with server.connect() as connection:
        connection.execute("SET pg_journey.engine_start_timeout = '5s'")
        error = refused(connection)
        assert error.sqlstate == "08006"
        assert "/nowhere/pg_journey_engine" in str(error) and "engine_path" in error.diag.message_hint


def test_a_missing_runtime_library_is_named_and_mended_by_a_reload(new_cluster):
    server = new_cluster()
    await_engine(server)
    with server.connect() as connection:
        assert connection.execute(SHORT_CALL).fetchone()
        reload(server, connection, "pg_journey.onnxruntime_path", "/nowhere/onnxruntime.so")
        error = refused(connection)
        assert error.sqlstate == "08006" and "engine" in str(error)
        wait_until(lambda: "/nowhere/onnxruntime.so" in server.log_text(), what="the library's name in the log")
        connection.execute("ALTER SYSTEM RESET pg_journey.onnxruntime_path")
        connection.execute("SELECT pg_reload_conf()")
        assert wait_until(lambda: works(connection), what="a call that works again")


def works(connection):
    try:
        return connection.execute(SHORT_CALL).fetchone()
    except psycopg.Error:
        return None


def damage_nothing(folder):
    pass


def truncate(folder):
    file = folder / "model.onnx.data"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 1)


def corrupt(folder):
    with (folder / "model.onnx.data").open("r+b") as opened:
        opened.seek(1000)
        opened.write(b"\xff\xfe\xfd\xfc")


def remove(folder):
    (folder / "model.onnx.data").unlink()


def remove_all(folder):
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage, sqlstate, named", [
    (truncate, "XX001", "model.onnx.data"),
    (corrupt, "XX001", "model.onnx.data"),
    (remove, "58P01", "model.onnx.data"),
    (remove_all, "58P01", MODEL),
], ids=["truncated", "corrupt", "missing_file", "missing_folder"])
def test_a_damaged_model_is_named_with_its_mend(new_cluster, models, damage, sqlstate, named):
    damage(models / MODEL)
    server = new_cluster(settings={"pg_journey.model_path": str(models)})
    with server.connect() as connection:
        error = refused(connection)
        assert error.sqlstate == sqlstate
        assert named in str(error)
        assert "make models" in error.diag.message_hint
        # the engine is none the worse
        assert connection.execute("SELECT (journey_status() #>> '{engine,running}')::boolean").fetchone() == (True,)

        # mended: the same session goes on
        shutil.rmtree(models / MODEL, ignore_errors=True)
        shutil.copytree(SHIPPED.resolve(), models / MODEL)
        assert connection.execute(SHORT_CALL).fetchone()


def test_paths_are_for_superusers(cluster, connect):
    admin = connect()
    admin.execute("DROP ROLE IF EXISTS nosy")
    admin.execute("CREATE ROLE nosy")
    try:
        admin.execute("SET ROLE nosy")
        for setting in ("engine_path", "onnxruntime_path", "model_path"):
            assert refused(admin, f"SHOW pg_journey.{setting}").sqlstate == "42501"
            assert refused(admin, f"SET pg_journey.{setting} = '/tmp'").sqlstate == "55P02"
        assert refused(admin, "SELECT journey_inspect_model('all-minilm-l6-v2')").sqlstate == "42501"
        assert refused(admin, "SELECT _journey_engine_status()").sqlstate == "42501"
    finally:
        admin.execute("RESET ROLE")
        admin.execute("DROP ROLE nosy")


def test_the_socket_is_the_servers_own(cluster):
    await_engine(cluster)
    folder = cluster.data / "pg_journey"
    assert folder.stat().st_mode & 0o777 == 0o700
    socket = wait_until(lambda: (folder / "engine.sock").exists() and folder / "engine.sock", what="the socket")
    assert socket.stat().st_mode & 0o777 == 0o600


def test_the_engine_inherits_nothing(cluster):
    pid = await_engine(cluster)
    environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().rstrip(b"\0").split(b"\0")
    assert sorted(name.split(b"=")[0] for name in environment) == [b"LANG", b"ORT_DISABLE_TELEMETRY"]
    files = {str(link.readlink()) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    assert not [name for name in files if str(cluster.data) in name]
