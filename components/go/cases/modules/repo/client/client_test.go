package client

import "testing"

func TestName(t *testing.T) {
	if Name() != "client" {
		t.Fatal(Name())
	}
}
