const test = require('node:test');
const ceil = require('..');

test('rounds up', () => {
  if (ceil(1.2) !== 2) throw new Error('2 is expected');
});
