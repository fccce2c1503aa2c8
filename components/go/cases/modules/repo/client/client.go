// Package client is a part of the kit.
package client

// Name says which part this is.
func Name() string { return "client" }
