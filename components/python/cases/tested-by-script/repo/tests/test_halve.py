from halve import halve


def test_half_of_four():
    assert halve(4) == 2
