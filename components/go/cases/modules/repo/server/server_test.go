package server

import "testing"

func TestName(t *testing.T) {
	if Name() != "server" {
		t.Fatal(Name())
	}
}
