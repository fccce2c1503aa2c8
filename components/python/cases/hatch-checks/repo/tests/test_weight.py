from pebble import weight


def test_weight():
    assert weight() == 1
