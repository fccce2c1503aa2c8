package plugin

import "testing"

func TestTwice(t *testing.T) {
	if Twice() != 2 {
		t.Fail()
	}
}
