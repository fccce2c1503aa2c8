package kit

import "testing"

func TestName(t *testing.T) {
	if Name() != "kit" {
		t.Fatal(Name())
	}
}
