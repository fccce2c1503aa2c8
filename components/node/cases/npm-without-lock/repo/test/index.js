const assert = require('node:assert');
const subtract = require('..');

describe('subtract', () => {
  it('subtracts', () => {
    assert.strictEqual(subtract(3, 2), 1);
  });
});
