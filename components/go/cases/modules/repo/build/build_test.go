package build

import "testing"

func TestName(t *testing.T) {
	if Name() != "build" {
		t.Fatal(Name())
	}
}
