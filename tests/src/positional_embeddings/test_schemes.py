import inspect

import pytest
from torch import nn

from src.positional_embeddings import POSITIONS, SchemeSettings, make_scheme, schemes_acting_on
from src.positional_embeddings.schemes import CONTRACTS

SETTINGS = SchemeSettings(dim=16, num_heads=2, causal=True, max_len=8)
MADE = [(name, place) for place in CONTRACTS for name in schemes_acting_on(place)]


@pytest.mark.parametrize(("name", "place"), MADE)
def test_a_scheme_keeps_the_contract_of_its_place(name, place):
    """The protocol at run time sees names only, so every method's parameters are compared, too."""
    made = make_scheme(name, place, SETTINGS)
    assert isinstance(made, nn.Module)
    assert isinstance(made, CONTRACTS[place])
    for method in {"__call__", "at"} & vars(CONTRACTS[place]).keys():
        theirs = getattr(made, "forward" if method == "__call__" else method)
        wanted = inspect.signature(getattr(CONTRACTS[place], method)).parameters
        given = inspect.signature(theirs).parameters
        simple = [[(p.name, p.kind, p.default) for p in x.values()] for x in (wanted, given)]
        assert simple[0][1:] == simple[1], "without self"


def test_a_scheme_acts_in_one_place():
    assert [name for name, _ in MADE] == list(dict.fromkeys(name for name, _ in MADE))
    assert {name for name, _ in MADE} == set(POSITIONS) - {"none"}
    for name in POSITIONS:
        for place in CONTRACTS:
            assert (make_scheme(name, place, SETTINGS) is not None) == ((name, place) in MADE)


def test_settings_arrive():
    learned = make_scheme("learned", "input", SETTINGS)
    assert (learned.max_len, learned.dim) == (8, 16)
    assert make_scheme("rotary", "queries and keys", SETTINGS).dim == 8
    assert not make_scheme("t5", "scores", SETTINGS).bidirectional
    for name in schemes_acting_on("scores"):
        assert make_scheme(name, "scores", SETTINGS)(3, 4).shape == (2, 3, 4)


@pytest.mark.usefixtures("as_users_call")
def test_bad_input():
    with pytest.raises(ValueError, match="position must be one of .*but got 'rope'"):
        make_scheme("rope", "input", SETTINGS)
    with pytest.raises(ValueError, match="acts_on must be one of .*but got 'output'"):
        make_scheme("t5", "output", SETTINGS)
