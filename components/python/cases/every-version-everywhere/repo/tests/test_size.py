from pebble import size


def test_size():
    assert size() == 1
