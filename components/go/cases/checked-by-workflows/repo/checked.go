// Package checked is checked.
package checked

// One is one.
func One() int { return 1 }
