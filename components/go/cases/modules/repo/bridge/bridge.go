// Package bridge is a part of the kit.
package bridge

// Name says which part this is.
func Name() string { return "bridge" }
