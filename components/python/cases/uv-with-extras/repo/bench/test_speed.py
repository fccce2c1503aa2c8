from pebble import packed


def test_speed(benchmark):
    benchmark(packed, 1)
