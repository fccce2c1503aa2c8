import unittest

from pebble import size


class TestSize(unittest.TestCase):
    def test_size(self):
        self.assertEqual(size(), 1)
