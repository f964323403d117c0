"""Shape checking for the whole of src, and fixtures that several test modules use."""

import jaxtyping
import pytest
from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int may stand for a float

# Every annotated shape of src is enforced while the tests run.
jaxtyping.install_import_hook("src", "tests.fixtures.check")


@pytest.fixture
def as_users_call():
    """Switch the shape checks off, so that bad input meets the package's own errors."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def minilm():
    from src.pretrained import load_minilm

    return load_minilm()


@pytest.fixture(scope="session")
def glove():
    from src.pretrained import load_glove

    return load_glove()
