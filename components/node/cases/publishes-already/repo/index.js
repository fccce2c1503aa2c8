module.exports = Math.round;
