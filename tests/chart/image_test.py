"""The image's description. It is built by `make test-image`."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import settings
from chart import CLONE

DOCKERFILE = CLONE / "deploy/Dockerfile"
TEXT = DOCKERFILE.read_text()
LAST = TEXT[TEXT.rindex("\nFROM ") :]


def hadolint_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    ran = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == ("", 0)


def it_runs_as_nobody_and_tells_its_health():
    assert "USER 65532:65532" in LAST
    assert 'HEALTHCHECK' in LAST and 'CMD ["/usr/local/bin/excursions", "health"]' in LAST
    assert "base-nossl" in LAST.splitlines()[1], "no shell, no package manager"
    commands = (CLONE / "supergraph/src/command.rs").read_text()
    assert re.search(r"^    Health \{", commands, re.MULTILINE)


def toolchain_is_the_clones():
    channel = tomllib.loads((CLONE / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    assert f"ARG RUST_VERSION={channel}\n" in TEXT


def its_settings_are_ones_that_the_binary_reads():
    names = set(re.findall(r"\b([A-Z_]+)=", LAST[LAST.index("ENV ") : LAST.index("USER ")]))
    assert names - {"LD_LIBRARY_PATH"} == {"PLAYGROUND_DIR", "SERVICES_BIND", "LOG_FORMAT"}
    assert names - {"LD_LIBRARY_PATH"} <= settings.read()


def every_crate_is_in_the_context():
    listed = set(re.findall(r"^!(.*)$", (CLONE / ".dockerignore").read_text(), re.MULTILINE))
    members = tomllib.loads((CLONE / "Cargo.toml").read_text())["workspace"]["members"]
    assert {member.split("/")[0] for member in members} | {"Cargo.toml", "Cargo.lock", "migrations"} <= listed


def what_the_last_stage_lacks_is_copied():
    copied = set(re.findall(r"/(lib\w+)\.so", TEXT[TEXT.index("cp --dereference") : TEXT.index("ldd /image")]))
    assert copied == {"libz", "libgcc_s"}
    assert "/usr/local/lib" in LAST[LAST.index("LD_LIBRARY_PATH=") :].splitlines()[0]
