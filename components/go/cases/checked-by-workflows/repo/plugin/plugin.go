// Package plugin is a module of its own, which nothing lints.
package plugin

import "example.com/checked"

// Twice is what the module beside it says, twice.
func Twice() int { return 2 * checked.One() }
