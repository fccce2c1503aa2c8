module.exports = Math.ceil;
