// Yarn itself
