"""The extension comes up in a server with and without shared_preload_libraries, and setting it up twice is harmless."""
import pytest


@pytest.mark.parametrize("preload", [True, False])
def test_extension_is_created_and_set_up(new_cluster, preload):
    server = new_cluster(preload=preload)
    with server.connect() as connection:
        assert connection.execute("SELECT journey_setup()").fetchone() == (0,)
        assert connection.execute("SELECT count(*) > 0 FROM journey._setup_steps").fetchone() == (True,)
    assert "PANIC" not in server.log_text()
