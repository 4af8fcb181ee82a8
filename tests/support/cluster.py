"""A throw-away Postgres server: its own data folder under build/tests, a Unix socket, no network, no root."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / "build").resolve()
PG_CONFIG = os.environ.get("PG_CONFIG") or str(BUILD / "pg18/bin/pg_config")
ACCOUNT = os.environ.get("PG_JOURNEY_SERVER_USER", "nobody") if os.geteuid() == 0 else None

# Durability is not what these servers are for: a test that kills one with SIGKILL relies on the kernel, which survives.
DEFAULTS = {"listen_addresses": "", "fsync": "off", "max_connections": "60", "log_line_prefix": "%m [%p] %b ",
            "shared_buffers": "128MB", "autovacuum_naptime": "1h"}

# The tests ask whether texts are written, judged and kept, not how well they read: the smallest model answers soonest.
SMALL_MODEL = "UPDATE journey.model_roles SET model = 'smollm2-135m-instruct' WHERE task = 'text'"


def pg_config(what, program=PG_CONFIG):
    return subprocess.check_output([program, f"--{what}"], text=True).strip()


def owner():
    """What subprocess needs to run a command as the server's user: nothing where that is us."""
    if ACCOUNT is None:
        return {}
    entry = pwd.getpwnam(ACCOUNT)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def own(path):
    if ACCOUNT is not None:
        entry = pwd.getpwnam(ACCOUNT)
        os.chown(path, entry.pw_uid, entry.pw_gid)


class Cluster:
    def __init__(self, name, preload=True, settings=None, config=PG_CONFIG):
        self.bin = pathlib.Path(pg_config("bindir", config))
        self.folder = BUILD / "tests" / re.sub(r"[^\w.-]+", "_", name)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.settings = DEFAULTS | ({"shared_preload_libraries": "pg_journey"} if preload else {}) | (settings or {})
        self.sockets = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.remove()

    # -- the server --

    def start(self):
        if self.sockets is None:
            self._create()
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        self.run("pg_ctl", "start", "--silent", "--wait", f"--pgdata={self.data}", f"--log={self.log}",
                 f"--options=-k {self.sockets} {options}")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "stop", "--silent", "--wait", f"--mode={mode}", f"--pgdata={self.data}")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def kill(self):
        """SIGKILL to the postmaster, as the kernel does when memory runs out; its children notice and end."""
        postmaster = self.postmaster_pid()
        tasks = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children")
        children = [pathlib.Path("/proc", pid) for pid in tasks.read_text().split()]
        os.kill(postmaster, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while any(child.exists() for child in children):
            if time.monotonic() > deadline:
                raise RuntimeError("processes of the killed server are still there")
            time.sleep(0.02)

    def remove(self):
        """Stops the server and removes its data; the log stays for whoever looks into a failure."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.sockets or "", ignore_errors=True)

    def postmaster_pid(self):
        return int((self.data / "postmaster.pid").read_text().split("\n")[0])

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def run(self, program, *arguments, **options):
        """One of the server's programs, as the server's user; its output is in the error where it fails."""
        environment = {key: value for key, value in os.environ.items()
                       if key != "RUST_BACKTRACE" and not key.startswith("PG")}
        # pg_ctl's server would inherit a pipe and keep it open, so pg_ctl writes nothing
        quiet = {"stdout": subprocess.DEVNULL} if program == "pg_ctl" else {"capture_output": True}
        done = subprocess.run([self.bin / program, *arguments], cwd="/", env=environment, text=True, **owner(),
                              **({"input": ""} | options), **quiet)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or ''}\n{self.log_text()[-2000:]}")
        return done.stdout

    def _create(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        own(self.folder)
        # in /tmp, because a socket's path may have 107 bytes only
        self.sockets = tempfile.mkdtemp(prefix="pg_journey.", dir="/tmp")
        own(self.sockets)
        self.run("initdb", f"--pgdata={self.data}", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                 "--auth=trust", "--no-sync")

    # -- databases and connections --

    def psql(self, dbname, script):
        """Runs a psql script and gives what it prints; stops at the first error."""
        return self.run("psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={self.uri(dbname)}", input=script)

    def uri(self, dbname="journey", user="postgres"):
        return f"postgresql://{user}@/{dbname}?host={self.sockets}"

    def connect(self, dbname="journey", user="postgres", **options):
        return psycopg.connect(self.uri(dbname, user), **{"autocommit": True} | options)

    def create_database(self, name, extension=True):
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        if extension:
            with self.connect(name) as connection:
                connection.execute("CREATE EXTENSION pg_journey CASCADE")
                connection.execute("SELECT journey_setup()")
                connection.execute(SMALL_MODEL)

    def drop_database(self, name):
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
