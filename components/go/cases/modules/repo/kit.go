// Package kit is a part of the kit.
package kit

// Name says which part this is.
func Name() string { return "kit" }
