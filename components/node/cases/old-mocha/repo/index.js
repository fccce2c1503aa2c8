module.exports = (pattern) => pattern.includes('*');
