package bridge

import "testing"

func TestName(t *testing.T) {
	if Name() != "bridge" {
		t.Fatal(Name())
	}
}
