"""What the binary reads from its environment, as its sources say."""

import functools
import re

from chart import CLONE, SERVICES

# Of what the binary is made of, not read by our own code.
OF_LIBRARIES = {"RUST_LOG"}


def of_each_service(names):
    """NAME_URL is USERS_URL, BILLING_URL and so on."""
    return {name.replace("NAME", service.upper()) for name in names for service in SERVICES}


@functools.cache
def read():
    """All settings."""
    files = [*CLONE.glob("subgraphs/*/src/**/*.rs"), *CLONE.glob("supergraph/src/**/*.rs")]
    texts = [re.split(r"#\[cfg\(test\)\]\s*mod \w+ \{", file.read_text())[0] for file in files]
    text = "".join(each for each in texts if "environment" in each)
    text = re.sub(r'env!\("\w+"\)', "", text)  # of the compiler's environment
    own = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', text))
    families = {f"NAME{end}" for end in re.findall(r'format!\("\{(?:prefix)?\}(_[A-Z_]+)"', text)}
    assert {"NAME_DATABASE_URL", "NAME_PORT", "NAME_URL"} <= families
    return own | of_each_service(families) | OF_LIBRARIES


def needed_by(service):
    """What `excursions --help` says that a service cannot do without."""
    told = (CLONE / "supergraph/src/command/settings.rs").read_text()
    needed = set()
    for name, whose in re.findall(r"^  ([A-Z_]+) .*\(needed(?: by (\w+))?\)$", told, re.MULTILINE):
        if not whose or whose == service:
            needed.add(name.replace("NAME", service.upper()))
    assert f"{service.upper()}_DATABASE_URL" in needed
    return needed
