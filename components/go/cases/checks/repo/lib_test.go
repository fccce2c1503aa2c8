package checks

import "testing"

func TestWeight(t *testing.T) {
	if Weight() != 1 {
		t.Fatal()
	}
}
