// Package server is a part of the kit.
package server

import "example.com/kit/bridge"

// Name says which part this is.
func Name() string { return "server" }

// Uses says what the server stands on.
func Uses() string { return bridge.Name() }
