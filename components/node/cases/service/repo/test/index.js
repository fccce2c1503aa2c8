const assert = require('node:assert');
const pool = require('..');

describe('the database', () => {
  it('answers', async () => {
    const { rows } = await pool.query('select 1 as one');
    assert.strictEqual(rows[0].one, 1);
  });
});
