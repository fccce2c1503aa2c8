const test = require('node:test');
const { add } = require('..');

test('adds', () => {
  if (add(1, 2) !== 3) throw new Error('3 is expected');
});
