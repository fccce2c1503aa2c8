from pebble import packed


def test_packed():
    assert packed(1) == b"\x01"
