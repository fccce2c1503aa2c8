module.exports = (a) => a + 1;
