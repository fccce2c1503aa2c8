const { Pool } = require('pg');

module.exports = new Pool({ user: 'postgres', password: 'postgres' });
