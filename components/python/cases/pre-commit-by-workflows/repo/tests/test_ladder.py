from ladder import climb


def test_climb():
    assert climb(1) == 2
