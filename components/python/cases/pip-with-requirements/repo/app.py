import pebble

print(pebble.size())
