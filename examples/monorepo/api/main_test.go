package main

import (
	"net/http/httptest"
	"testing"
	"time"
)

func TestNow(t *testing.T) {
	recorder := httptest.NewRecorder()
	now(func() time.Time { return time.Unix(0, 0) })(recorder, httptest.NewRequest("GET", "/", nil))
	if got, want := recorder.Body.String(), "1970-01-01T00:00:00Z\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
