from stove import heat


def test_heat():
    assert heat(1) == 2
