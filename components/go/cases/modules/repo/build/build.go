// Package build is a part of the kit.
package build

// Name says which part this is.
func Name() string { return "build" }
