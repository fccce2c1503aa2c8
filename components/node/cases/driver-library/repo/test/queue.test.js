const test = require('node:test');
const pg = require('..');

test('the database answers', async () => {
  const client = new pg.Client({ user: 'postgres', password: 'postgres' });
  await client.connect();
  await client.end();
});
