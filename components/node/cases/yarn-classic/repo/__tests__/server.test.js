const server = require('../server');

test('there is a server', () => {
  expect(server).toBeDefined();
});
